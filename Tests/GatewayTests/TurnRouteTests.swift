import HTTP
import JSON
import Loop
import SQLite
import Support
import Testing

@testable import Gateway

/// Turns through a whole gateway, with a provider that does as it is told and nobody who makes pictures.
@Suite(.timeLimit(.minutes(1)))
struct TurnRouteTests {
    /// A gateway with a connector `mine` of the admin's and the organisation's default `house`, and a door of its own to
    /// turns whose pictures may take 300 ms.
    private final class Scene: Sendable {
        let bench: GatewayBench
        let mine = ScriptedProvider()
        let house = ScriptedProvider()
        @NetLoop private var door: Listener?

        init() async throws {
            bench = try await GatewayBench()
            _ = try await bench.connector("mine", at: mine)
            _ = try await bench.defaultConnector("house", at: house)
            try await open()
        }

        @NetLoop
        private func open() async throws {
            let (gateway, store, desk) = (bench.gateway, bench.store, await bench.cluster.desk)
            let counter = ImageCounter(
                signpost: gateway.signpost,
                commit: store.commit,
                store: JobStore(audit: store.audit),
                desk: desk,
                feed: gateway.feed
            )
            let images = ImageHandler(
                counter: counter,
                commit: store.commit,
                desk: desk,
                feed: gateway.feed,
                audit: store.audit
            )
            let pictures = TurnPictures(
                counter: counter,
                images: images,
                desk: desk,
                feed: gateway.feed,
                deadline: .milliseconds(300)
            )
            let parts = Turn.Parts(
                chat: gateway.chat,
                pictures: pictures,
                upstream: gateway.upstream,
                silence: .milliseconds(100)
            )
            let turns = TurnHandler(parts, ballast: store.ballast)
            door = try Listener(address: "127.0.0.1:0") { exchange in
                let caller = try gateway.keys.caller(of: exchange.request)
                try await turns.run(Call(exchange: exchange, caller: caller, parameters: [], started: .now))
            }
        }

        /// A turn through the door, to its end or until an event of that name has come.
        @NetLoop
        func turn(_ action: String, _ members: String, policy: String? = nil, leavingAt name: String? = nil)
            async throws -> [(name: String, data: JSONValue)]
        {
            let request = ClientRequest(
                method: "POST",
                url: "http://127.0.0.1:\(door?.port ?? 0)/api/turns",
                headers: [("authorization", "Bearer \(GatewayBench.adminKey)")]
                    + (policy.map { [("x-martlet-fallback", $0)] } ?? []),
                body: Array(body(action, members).utf8),
                timeouts: .init(total: .seconds(20))
            )
            let transfer = Client().start(request)
            try #require(try await transfer.head().status == 200)
            var text = ""
            while let chunk = try await transfer.chunk() {
                text += String(decoding: chunk, as: UTF8.self)
                if let name, text.contains("event: \(name)\n") {
                    transfer.cancel()
                    break
                }
            }
            return Self.events(text)
        }

        func body(_ action: String, _ members: String) -> String {
            #"{"action":"\#(action)","messages":[{"role":"user","content":"a gull"}]\#(members)}"#
        }

        private static func events(_ text: String) -> [(name: String, data: JSONValue)] {
            text.split(separator: "\n\n").compactMap { part in
                let lines = part.split(separator: "\n")
                guard let name = lines.first(where: { $0.hasPrefix("event: ") })?.dropFirst(7),
                    let data = lines.first(where: { $0.hasPrefix("data: ") })?.dropFirst(6)
                else { return nil }
                return (String(name), (try? JSONValue(parsing: String(data))) ?? .null)
            }
        }

        /// The call log's rows, as `model outcome`.
        func rows() async throws -> [String] {
            _ = await bench.gateway.callLog.flush()
            return try await bench.events().filter { $0.text("event_type") == "calls" }
                .flatMap { $0.json["data"]?["rows"]?.array ?? [] }
                .map { "\($0["call"]?["model"]?.string ?? "") \($0["call"]?["outcome"]?.string ?? "")" }
        }

        func imageStates() async throws -> [String] {
            try await bench.store.commit.read { db in
                try db.query("SELECT state FROM images ORDER BY id") { $0.text(0) }
            }
        }

        func stop() async {
            await bench.stop()
            await mine.stop()
            await house.stop()
            await door?.close()
        }
    }

    private static let chain = #","image":{"chain":[{"model":"openai_apikey/gpt-image-1"}]}"#

    @Test func aPictureThatTakesTooLongIsCancelledAndTheTextTakesItsPlace() async throws {
        let scene = try await Scene()
        let events = try await scene.turn("reply_image", #","model":"mine/m""# + Self.chain)
        let names = events.map(\.name).filter { $0 != "heartbeat" }
        #expect(
            names == [
                "turn_start", "image_pending", "image_attempt", "image_failed", "meta", "delta", "done",
                "turn_complete", "final",
            ]
        )
        #expect(events.contains { $0.name == "heartbeat" && $0.data["phase"]?.string == "image" })
        let failed = try #require(events.first { $0.name == "image_failed" }?.data)
        #expect(failed["reason"]?.string == "chain_exhausted")
        #expect(failed["attempts"]?[0]?["code"]?.string == "timeout")
        try await eventually("the job is cancelled") { try await scene.imageStates() == ["cancelled"] }
        #expect(try await scene.rows() == ["m ok"])
        await scene.stop()
    }

    @Test func aTurnWithoutAChainUsesAndTellsWhatItsCallerHasSet() async throws {
        let scene = try await Scene()
        let settings = #"{"provider":"openai_apikey","model":"gpt-image-1-mini"}"#
        _ = try await scene.bench.change("PUT", "/api/images/settings", settings)
        let events = try await scene.turn("reply_image", "", leavingAt: "image_attempt")
        #expect(events.last?.data["model"]?.string == "gpt-image-1-mini")
        try await eventually("the job is cancelled") { try await scene.imageStates() == ["cancelled"] }
        let specs = try await scene.bench.store.commit.read { db in
            try db.query("SELECT spec FROM images") { String(decoding: $0.blob(0), as: UTF8.self) }
        }
        #expect(specs.count == 1 && specs[0].contains(#""model":"gpt-image-1-mini""#))
        await scene.stop()
    }

    @Test func whoLeavesHasTheJobCancelled() async throws {
        let scene = try await Scene()
        let events = try await scene.turn("reply_image", Self.chain, leavingAt: "image_attempt")
        #expect(events.last?.name == "image_attempt")
        try await eventually("the job is cancelled") { try await scene.imageStates() == ["cancelled"] }
        #expect(scene.mine.calls == 0 && scene.house.calls == 0, "nobody is asked for a text")
        #expect(try await scene.rows() == [])
        await scene.stop()
    }

    @Test func aTextThatBreaksInTheMiddleIsOneErrorAndOneRow() async throws {
        let scene = try await Scene()
        scene.mine.will(.brokenStream(pieces: 1))
        let events = try await scene.turn("reply_text_image", #","model":"mine/m""# + Self.chain, policy: "org_default")
        #expect(events.map(\.name) == ["turn_start", "meta", "delta", "error"], "no picture, and nobody takes over")
        #expect(events.last?.data["code"]?.string == "provider_unavailable")
        #expect(try await scene.rows() == ["m provider_unavailable"])
        #expect(try await scene.imageStates() == [])
        await scene.stop()
    }

    @Test func aTextThatFailsBeforeItsFirstPieceGoesOnAtTheOrganisationsDefault() async throws {
        let scene = try await Scene()
        for reply in [ScriptedProvider.Reply.failure(503, code: "x"), .brokenStream(pieces: 0)] {
            scene.mine.will(reply)
            let events = try await scene.turn("reply_text", #","model":"mine/m""#, policy: "org_default")
            #expect(events.map(\.name) == ["turn_start", "meta", "delta", "done", "turn_complete", "final"])
            #expect(events[1].data["connector"]?.string == "house" && events[1].data["model"]?.string == "house-model")
        }
        scene.mine.will(.failure(503, code: "x"))
        let late = try await scene.turn("reply_image", #","model":"mine/m""# + Self.chain, policy: "org_default")
        #expect(
            late.contains { $0.name == "meta" && $0.data["connector"]?.string == "house" },
            "also in an open stream"
        )
        #expect(late.last?.name == "final")
        let row = ["m provider_unavailable", "house-model ok"]
        #expect(try await scene.rows() == row + row + row)
        await scene.stop()
    }

    @Test func aProviderThatThinksForLongIsWaitedForWithHeartbeats() async throws {
        let scene = try await Scene()
        let goOn = scene.mine.holdNext()
        async let events = scene.turn("reply_text", #","model":"mine/m""#)
        try await eventually("the provider has the call") { scene.mine.calls == 1 }
        try await lasting(.milliseconds(350))
        goOn()
        let names = try await events.map(\.name)
        #expect(names.filter { $0 == "heartbeat" }.count > 1 && names.first == "turn_start", "\(names)")
        #expect(names.filter { $0 != "heartbeat" }.suffix(2) == ["turn_complete", "final"])
        await scene.stop()
    }

    @Test func aFullDiskRefusesPicturesBeforeAnythingAndNoText() async throws {
        let scene = try await Scene()
        let (bench, store) = (scene.bench, scene.bench.store)
        for action in ["reply_image", "reply_text_image"] {
            var status = 0
            // The room is back after a second, so a slow machine may need another try.
            for _ in 0..<10 {
                _ = await store.ballast.release()
                let answer = try await bench.call("POST", "/api/turns", scene.body(action, #","model":"mine/m""#))
                guard store.ballast.isReleased else { continue }
                status = answer.status
                #expect(answer.json["code"]?.string == "storage_full")
                break
            }
            #expect(status == 503, "\(action)")
        }
        #expect(scene.mine.calls == 0, "a text whose picture can't be made costs nothing")
        _ = await store.ballast.release()
        let events = try await scene.turn("reply_text", #","model":"mine/m""#)
        #expect(events.last?.name == "final")
        await scene.stop()
    }
}
