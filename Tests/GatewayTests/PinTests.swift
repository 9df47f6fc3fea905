import HTTP
import JSON
import Providers
import SQLite
import Support
import Testing

@testable import Gateway

/// Which connector users want for which feature: what they may write, and what they see.
@Suite(.timeLimit(.minutes(1)))
struct PinTests {
    private static let path = "/api/feature-preferences"

    private func connector(_ bench: GatewayBench, owner: Connector.Owner = .organisation) async throws -> String {
        let connector = Connector(
            id: Identifier.make("con"),
            owner: owner,
            displayName: Identifier.make("name"),
            config: ConnectorConfig(type: "openai_apikey", credentials: ["api_key": "sk-0123456789abcdef"]),
            createdAt: 1
        )
        try await bench.gateway.connectorHandler.add(connector, by: "operator")
        return connector.id
    }

    private func user(_ name: String, _ bench: GatewayBench) async throws -> (id: String, key: String) {
        let id = try await bench.change("POST", "/api/admin/users", #"{"name":"\#(name)"}"#)["id"]?.string ?? ""
        return (id, try await bench.change("POST", "/api/admin/users/\(id)/keys")["key"]?.string ?? "")
    }

    private func pin(_ feature: String, _ connector: String, _ bench: GatewayBench, key: String) async throws
        -> GatewayBench.Answer
    {
        let body = #"{"feature":"\#(feature)","connector_id":"\#(connector)"}"#
        return try await bench.call("POST", Self.path, body, key: key)
    }

    private func features(_ bench: GatewayBench, key: String) async throws -> [String] {
        let items = try await bench.call("GET", Self.path, key: key).json["items"]?.array ?? []
        return items.compactMap { $0["feature"]?.string }
    }

    @Test func aPinIsReplacedShownAndTakenAwayAndEachChangeIsOneEvent() async throws {
        let bench = try await GatewayBench()
        let (ada, key) = try await user("ada", bench)
        let (first, second) = (try await connector(bench), try await connector(bench))
        let before = try await bench.events().last?.seq ?? 0
        #expect(try await pin("set_builder", first, bench, key: key).status == 201)
        #expect(try await pin("set_builder", first, bench, key: key).status == 200)
        #expect(try await pin("set_builder", second, bench, key: key).status == 200)
        let shown = try await bench.call("GET", Self.path, key: key).json["items"]?.array ?? []
        #expect(shown.count == 1 && shown[0]["connector_id"]?.string == second, "\(shown)")
        #expect(shown.first?["connector_status"]?.string == "active")
        #expect(await pinned("set_builder", of: ada, bench) == second)
        #expect(await pinned("SET_BUILDER", of: ada, bench) == nil)
        #expect(await pinned("set_builder", of: "another", bench) == nil)
        #expect(try await bench.call("DELETE", "\(Self.path)/set_builder", key: key).status == 204)
        #expect(try await bench.call("DELETE", "\(Self.path)/set_builder", key: key).status == 404)
        #expect(await pinned("set_builder", of: ada, bench) == nil)
        let events = try await bench.events(after: before).map { "\($0.text("event_type")) \($0.text("notes"))" }
        #expect(
            events == [
                "preference.set to \(first)", "preference.set to \(second), instead of \(first)",
                "preference.unset from \(second)",
            ]
        )
        await bench.stop()
    }

    /// The connector that calls of that user look at for a feature.
    @NetLoop
    private func pinned(_ feature: String, of user: String, _ bench: GatewayBench) -> String? {
        let caller = Caller(userID: user, userName: user, role: .user, keyID: "key_1")
        return bench.gateway.signpost.plan(for: caller, feature: feature).pinned
    }

    @Test func imageJobsFollowPinsToo() async throws {
        let bench = try await GatewayBench()
        let (_, key) = try await user("ada", bench)
        let id = try await connector(bench)
        #expect(try await pin("covers", id, bench, key: key).status == 201)
        func used(_ feature: String, _ path: String, _ body: String) async throws -> String? {
            let headers = [("x-martlet-feature", feature), ("prefer", "respond-async")]
            let job = try await bench.call("POST", path, body, key: key, headers: headers).json["job_id"]?.string
            return try await bench.store.commit.read {
                try $0.text("SELECT connector FROM image_jobs WHERE id = ?", job)
            }
        }
        let (native, openAI) = (#"{"images":[{"prompt":"a gull"}]}"#, #"{"prompt":"a gull"}"#)
        #expect(try await used("covers", "/api/images/jobs", native) == id)
        #expect(try await used("covers", "/v1/images/generations", openAI) == id)
        let other = try #require(try await used("posters", "/api/images/jobs", native))
        #expect(other != id)
        await bench.stop()
    }

    @Test func whatIsNoFeatureAndWhatIsNotTheCallersIsRefused() async throws {
        let bench = try await GatewayBench()
        let (_, key) = try await user("ada", bench)
        let (bob, _) = try await user("bob", bench)
        let (ours, bobs) = (try await connector(bench), try await connector(bench, owner: .user(bob)))
        for name in ["", "Recommendation", "a b", "a/b", "ä", String(repeating: "a", count: 65)] {
            #expect(try await pin(name, ours, bench, key: key).status == 422, "\(name)")
        }
        #expect(try await pin(String(repeating: "a", count: 64), ours, bench, key: key).status == 201)
        #expect(try await pin("a-z_0.9", ours, bench, key: key).status == 201)
        #expect(try await pin("mine", bobs, bench, key: key).status == 404)
        #expect(try await pin("mine", "con_none", bench, key: key).status == 404)
        #expect(try await bench.call("POST", Self.path, "{}", key: key).status == 400)
        await bench.stop()
    }

    @Test func oneUserHasSoManyAndNoMore() async throws {
        let bench = try await GatewayBench()
        let (_, key) = try await user("ada", bench)
        let id = try await connector(bench)
        for number in 0..<PinStore.limit {
            #expect(try await pin("feature.\(number)", id, bench, key: key).status == 201)
        }
        #expect(try await pin("one.more", id, bench, key: key).status == 409)
        #expect(try await pin("feature.1", id, bench, key: key).status == 200)
        #expect(try await bench.call("DELETE", "\(Self.path)/feature.1", key: key).status == 204)
        #expect(try await pin("one.more", id, bench, key: key).status == 201)
        await bench.stop()
    }

    @Test func pinsGoWithTheirConnectorAndTheirUser() async throws {
        let bench = try await GatewayBench()
        let (ada, key) = try await user("ada", bench)
        let (kept, gone) = (try await connector(bench), try await connector(bench))
        #expect(try await pin("kept", kept, bench, key: key).status == 201)
        #expect(try await pin("gone", gone, bench, key: key).status == 201)
        #expect(try await bench.call("DELETE", "/api/connectors/\(gone)").status == 204)
        #expect(try await features(bench, key: key) == ["kept"])
        #expect(await pinned("gone", of: ada, bench) == nil)
        #expect(try await bench.call("DELETE", "/api/admin/users/\(ada)").status == 204)
        #expect(await pinned("kept", of: ada, bench) == nil)
        #expect(try await bench.store.commit.read { try PinStore.all(in: $0) }.isEmpty)
        await bench.stop()
    }
}
