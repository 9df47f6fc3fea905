import Foundation
import HTTP
import JSON
import Support
import Testing

extension Clusters {
    /// What a careless or hostile caller sends gets a clear typed error, and loses nothing.
    @Suite(.timeLimit(.minutes(3)))
    struct BadInputTests {
        @Test func badInputGetsATypedErrorInTheShapeOfItsRoute() async throws {
            let cluster = try await LiveCluster(workers: 1)
            let chat = "/v1/chat/completions"
            let message = #""messages":[{"role":"user","content":"hi"}]"#
            let cases: [(path: String, body: String, status: Int, code: String)] = [
                (chat, "not json", 400, "invalid_request"),
                (chat, "", 400, "invalid_request"),
                (chat, #"{"model":"a","model":"b",\#(message)}"#, 400, "invalid_request"),
                (chat, #"{"mod\u0065l":"a","model":"b",\#(message)}"#, 400, "invalid_request"),
                (chat, #"{"model":"gpt-5-mini","messages":[]}"#, 400, "invalid_request"),
                (chat, #"{"model":"gpt-5-mini","messages":"hi"}"#, 400, "invalid_request"),
                (chat, #"{"model":7,\#(message)}"#, 400, "invalid_request"),
                (chat, #"{"model":"there-is-no-such-model",\#(message)}"#, 404, "model_not_found"),
                (chat, #"{"model":"sim-error-429",\#(message)}"#, 429, "rate_limited"),
                (chat, #"{"model":"sim-quota",\#(message)}"#, 429, "quota_exceeded"),
                (chat, #"{"model":"sim-moderated",\#(message)}"#, 400, "provider_rejected"),
                (chat, #"{"model":"sim-error-500",\#(message)}"#, 502, "provider_unavailable"),
                (chat, #"{"model":"sim-html-502",\#(message)}"#, 502, "provider_unavailable"),
                (chat, #"{"model":"sim-malformed",\#(message)}"#, 502, "malformed_response"),
                (chat, #"{"model":"sim-empty-200",\#(message)}"#, 502, "malformed_response"),
                ("/v1/images/generations", #"{"model":"gpt-image-2","prompt":"  "}"#, 400, "invalid_request"),
                ("/v1/images/generations", #"{"model":"gpt-image-2","prompt":"x","n":11}"#, 400, "invalid_request"),
                ("/v1/images/generations", #"{"model":"sim-notapicture","prompt":"x"}"#, 502, "malformed_response"),
                ("/v1/images/generations", #"{"model":"sim-bomb","prompt":"x"}"#, 502, "malformed_response"),
                ("/v1/images/generations", #"{"model":"sim-moderated","prompt":"x"}"#, 400, "provider_rejected"),
                ("/v1/images/generations", #"{"model":"no-such-image-model","prompt":"x"}"#, 404, "model_not_found"),
                ("/api/images/jobs", #"{"images":[]}"#, 400, "invalid_request"),
                ("/api/images/jobs", #"{"images":[{"prompt":""}]}"#, 400, "invalid_request"),
                ("/api/images/jobs", #"{"images":[{"prompt":"x","kind":"poster"}]}"#, 422, "validation_failed"),
                ("/api/images/jobs", #"{"images":[{"prompt":"x"}],"connector":"nobody"}"#, 404, "not_found"),
                ("/api/connectors", #"{"display_name":"x","connector_type":"fax"}"#, 422, "validation_failed"),
                (
                    "/api/connectors", #"{"display_name":"x","connector_type":"openai_apikey"}"#, 422,
                    "validation_failed"
                ),
                ("/api/nowhere", "{}", 404, "not_found"),
            ]
            for (path, body, status, code) in cases {
                let answer = try await cluster.call("POST", path, body)
                #expect(answer.status == status, "\(path) \(body): \(answer.text)")
                if path.hasPrefix("/api/") {
                    #expect(answer.json["code"]?.string == code, "\(path) \(body): \(answer.text)")
                    #expect(answer.json["success"]?.bool == false)
                    #expect(answer.json["request_id"]?.string == answer.headers["x-request-id"])
                } else {
                    let error = answer.json["error"]
                    #expect(error?["code"]?.string == code, "\(path) \(body): \(answer.text)")
                    let names = Set(error?.object?.map(\.name) ?? [])
                    #expect(names.isSuperset(of: ["message", "type", "param", "code"]))
                }
                #expect(answer.headers["x-request-id"] != nil)
            }
            let stranger = try await Calls.call("GET", cluster.url + "/v1/models", "", headers: [])
            #expect(stranger.status == 401)
            let healthy = try await cluster.call("POST", chat, #"{"model":"gpt-5-mini",\#(message)}"#)
            #expect(healthy.status == 200, "after all that the gateway still answers")
            try await cluster.stop()
        }

        @Test func aStreamThatIsCutEndsInATypedErrorAndDone() async throws {
            let cluster = try await LiveCluster(workers: 1)
            for model in ["sim-cut", "sim-stream-error"] {
                let answer = try await cluster.call(
                    "POST",
                    "/v1/chat/completions",
                    #"{"model":"\#(model)","stream":true,"messages":[{"role":"user","content":"hi"}]}"#
                )
                let events = answer.text.components(separatedBy: "\n\n").filter { !$0.isEmpty }
                #expect(events.last == "data: [DONE]", "\(model)")
                #expect(events.dropLast().last?.contains(#""error""#) == true, "\(model): \(answer.text.suffix(300))")
            }
            try await cluster.stop()
        }
    }
}
