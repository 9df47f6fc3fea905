import Foundation
import HTTP
import JSON
import Support
import Testing

extension Clusters {
    /// `POST /api/turns` through a running cluster.
    @Suite(.timeLimit(.minutes(3)))
    struct TurnTests {
        @Test func aTurnTellsItsTextItsPictureItsToolsAndItsEnd() async throws {
            let rig = try await Rig(workers: 1, environment: ["MARTLET_KEEPALIVE_S": "1", "MARTLET_SLOTS": "4"])
            let address = Address(url: rig.url, key: rig.key)
            async let empty = address.turn("reply_image", Self.chain("sim-zero-images"))
            try await text(rig)
            try await tools(rig)
            try await textAndPicture(rig)
            try await picture(rig)
            try await noPicture(rig)
            try await silence(rig)
            try await refusals(rig)
            try await leaving(rig, address)
            let reason = try await empty.first("image_failed")?["reason"]?.string
            #expect(reason == "zero_images")
            try await rows(rig)
            try await rig.stop()
        }

        private static func chain(_ models: String..., connector: String = "openai_apikey") -> String {
            let steps = models.map { #"{"connector":"\#(connector)","model":"\#($0)"}"# }.joined(separator: ",")
            return #","model":"gpt-5-mini","image":{"chain":[\#(steps)]}"#
        }

        private func text(_ rig: Rig) async throws {
            let told = try await rig.turn("reply_text", say: "hello", #","model":"gpt-5-mini""#)
            #expect(told.status == 200 && told.headers["content-type"] == "text/event-stream")
            #expect(told.headers["x-accel-buffering"] == "no" && told.headers["x-martlet-model"] == "gpt-5-mini")
            #expect(told.lifecycle == ["meta", "delta", "done", "final"], "\(told.text)")
            #expect(told.events.first?.name == "turn_start" && told.isNumbered)
            let pieces = told.all("delta").compactMap { $0["text"]?.string }
            #expect(pieces.count > 3 && told.first("turn_complete")?["text"]?.string == pieces.joined())
            let claude = try await rig.turn("reply_text", say: "hello", #","model":"claude-sonnet-4-5""#)
            #expect(claude.lifecycle == ["meta", "delta", "done", "final"], "\(claude.text)")
            #expect(claude.first("done")?["usage"]?["output_tokens"]?.int ?? 0 > 0)
        }

        private func tools(_ rig: Rig) async throws {
            let tools =
                #","model":"gpt-5-mini","tools":[{"type":"function","function":{"name":"tide_height","parameters":"#
                + #"{"type":"object","properties":{"harbour":{"type":"string"}}}}}]"#
            let asked = try await rig.turn("reply_text_image", say: "What is the tide in Brest?", tools)
            #expect(asked.lifecycle == ["meta", "done", "final"], "\(asked.text)")
            let call = try #require(asked.first("tool_call"))
            #expect(call["name"]?.string == "tide_height" && call["arguments_object"]?["harbour"]?.string == "Brest")
            #expect(asked.all("tool_call_delta").count > 1 && asked.first("turn_awaiting_input") != nil)
            let id = call["id"]?.string ?? ""
            let body =
                #"{"action":"reply_text"\#(tools),"messages":[{"role":"user","content":"What is the tide in Brest?"},"#
                + #"{"role":"assistant","content":null,"tool_calls":[{"id":"\#(id)","type":"function","#
                + #""function":{"name":"tide_height","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"\#(id)","content":"6 metres"}]}"#
            let answer = try await rig.call("POST", "/api/turns", body)
            let told = TurnTold(status: answer.status, headers: answer.headers, body: answer.body)
            #expect(told.events.prefix(3).map(\.name) == ["turn_start", "tool_execution", "tool_execution"])
            #expect(told.all("tool_execution").last?["summary"]?.string == "6 metres")
            #expect(told.first("turn_complete")?["text"]?.string?.contains("6 metres") == true, "\(told.text)")
        }

        private func textAndPicture(_ rig: Rig) async throws {
            let told = try await rig.turn("reply_text_image", #","model":"gpt-5-mini""#)
            let expected = ["meta", "delta", "done", "image_pending", "image_attempt", "image", "final"]
            #expect(told.lifecycle == expected && told.isNumbered, "\(told.text)")
            #expect(Set(told.events.compactMap { $0["message_id"]?.string }).count == 1)
            let url = try #require(told.first("image")?["url"]?.string)
            let picture = try await rig.call("GET", url)
            #expect(picture.status == 200 && picture.body.count == told.first("image")?["bytes"]?.int.map { Int($0) })
        }

        private func picture(_ rig: Rig) async throws {
            let told = try await rig.turn("reply_image", Self.chain("sim-moderated", "gpt-image-1"))
            let expected = ["image_pending", "image_attempt", "image_attempt", "meta", "image", "done", "final"]
            #expect(told.lifecycle == expected && told.isNumbered, "\(told.text)")
            #expect(told.all("image_attempt").map { $0["model"]?.string } == ["sim-moderated", "gpt-image-1"])
            #expect(told.headers["x-martlet-receipt"] != nil, "the job is on record")
            let job = told.first("image")?["job_id"]?.string ?? ""
            #expect(try await rig.call("GET", "/api/images/jobs/\(job)").json["status"]?.string == "succeeded")
        }

        private func noPicture(_ rig: Rig) async throws {
            let told = try await rig.turn("reply_image", Self.chain("sim-moderated", "sim-error-400"))
            let expected = [
                "image_pending", "image_attempt", "image_attempt", "image_failed", "meta", "delta", "done", "final",
            ]
            #expect(told.lifecycle == expected && told.isNumbered, "\(told.text)")
            let failed = try #require(told.first("image_failed"))
            #expect(failed["reason"]?.string == "chain_exhausted")
            #expect(failed["attempts"]?[0]?["code"]?.string == "provider_rejected")
            let meta = try #require(told.first("meta"))
            #expect(meta["message_id"] != failed["message_id"] && meta["action"]?.string == "reply_text")
            #expect(meta["diagnosis"]?["message_id"] == failed["message_id"])
            #expect(told.first("turn_complete")?["text"]?.string?.isEmpty == false)
            let unknown = try await rig.turn("reply_image", Self.chain("m", "n", connector: "nobody's"))
            #expect(unknown.lifecycle == expected, "\(unknown.text)")
            #expect(unknown.first("image_failed")?["reason"]?.string == "config_error")
        }

        /// The provider thinks for longer than the keep-alive before it says a word, and so does a picture's.
        private func silence(_ rig: Rig) async throws {
            let told = try await rig.turn("reply_text", say: "hello", #","model":"sim-slow""#)
            #expect(told.lifecycle == ["meta", "delta", "done", "final"] && told.isNumbered, "\(told.text)")
            let place = try #require(told.events.firstIndex { $0.name == "heartbeat" })
            #expect(place < told.events.firstIndex { $0.name == "meta" } ?? 0, "before the provider's first word")
        }

        private func refusals(_ rig: Rig) async throws {
            func refused(_ action: String, _ members: String, _ status: Int, _ code: String, _ param: String? = nil)
                async throws
            {
                let told = try await rig.turn(action, members)
                #expect(told.status == status && told.json["code"]?.string == code, "\(told.text)")
                #expect(told.json["success"]?.bool == false && told.json["request_id"]?.string != nil)
                #expect(told.json["details"]?["param"]?.string == param, "\(told.text)")
            }
            try await refused("sing", "", 422, "validation_failed", "action")
            try await refused("reply_text", #","image":7,"model":8"#, 400, "invalid_request", "model")
            try await refused("reply_image", #","image":{"chain":[]}"#, 422, "validation_failed", "image.chain")
            try await refused("reply_text", #","model":"unheard-of""#, 404, "model_not_found")
            try await refused("reply_text", #","model":"sim-error-429""#, 429, "rate_limited")
            let broken = try await rig.turn("reply_text", #","model":"sim-stream-error""#)
            #expect(broken.status == 200 && broken.events.last?.name == "error", "\(broken.text)")
            #expect(broken.events.last?["request_id"]?.string == broken.headers["x-request-id"])
            let late = try await rig.turn("reply_image", Self.chain("sim-moderated") + #","feature":"f""#)
            #expect(late.events.last?.name == "final")
            let noText = try await rig.turn(
                "reply_image",
                #","model":"sim-error-400","image":{"chain":[{"model":"openai_apikey/sim-moderated"}]}"#
            )
            #expect(noText.lifecycle == ["image_pending", "image_attempt", "image_failed", "error"], "\(noText.text)")
        }

        private func leaving(_ rig: Rig, _ address: Address) async throws {
            let drawn = try await address.turn("reply_image", Self.chain("sim-slow"), leavingAt: "heartbeat")
            #expect(drawn.lifecycle == ["image_pending", "image_attempt"])
            try await eventually("the job is cancelled", within: .seconds(10)) {
                let jobs = try await rig.call("GET", "/api/images/jobs?limit=1").json
                return jobs["items"]?[0]?["status"]?.string == "cancelled"
            }
            let said = try await address.turn("reply_text", #","model":"sim-slow""#, leavingAt: "delta")
            #expect(said.first("final") == nil)
        }

        /// One row for each call of a text model, whatever its end.
        private func rows(_ rig: Rig) async throws {
            try await eventually("the calls are in the log", within: .seconds(20)) {
                let page = try await rig.call("GET", "/api/admin/calls?purpose=chat&limit=100").json
                let rows = page["items"]?.array ?? []
                return rows.contains { $0["model"]?.string == "sim-slow" && $0["outcome"]?.string == "cancelled" }
                    && rows.count >= 13
            }
            let page = try await rig.call("GET", "/api/admin/calls?purpose=chat&limit=100").json
            let rows = page["items"]?.array ?? []
            func count(_ model: String) -> [String] {
                rows.filter { $0["model"]?.string == model }.compactMap { $0["outcome"]?.string }.sorted()
            }
            #expect(count("sim-slow") == ["cancelled", "ok"])
            #expect(count("sim-stream-error").count == 1 && count("sim-stream-error") != ["ok"])
            #expect(count("sim-error-429") == ["rate_limited"] && count("claude-sonnet-4-5") == ["ok"])
            #expect(rows.allSatisfy { $0["stream"]?.bool == true })
        }
    }
}
