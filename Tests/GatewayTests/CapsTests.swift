import HTTP
import Providers
import Support
import Testing

@testable import Gateway

/// What callers, providers and admins may write into a cap's sums.
@Suite(.timeLimit(.minutes(1)))
struct CapsTests {
    private let folder = Folder()

    private static let connector = Connector(
        id: "con_1",
        owner: .organisation,
        displayName: "work",
        config: ConnectorConfig(type: "openai_apikey", credentials: ["api_key": "sk-0123456789abcdef"]),
        createdAt: 1
    )
    private static let target = Plan.Target(connector: connector, model: "m")

    @NetLoop
    private func caps(_ cap: Int64) async throws -> Caps {
        let caps = Caps(commit: try await HealthBench.open(folder.file("gateway.db")))
        caps.setCap(cap, of: Self.connector.id)
        return caps
    }

    private func probe(_ members: String) throws -> ChatProbe {
        try ChatProbe(Array(#"{"model":"m","messages":[{"role":"user","content":"hi"}]\#(members)}"#.utf8))
    }

    @NetLoop
    @Test(arguments: [
        #","max_tokens":9223372036854775807"#, #","max_tokens":9223372036854775807,"n":9223372036854775807"#,
        #","n":9223372036854775807"#, #","max_tokens":4611686018427387904,"n":2"#,
    ])
    func aCallThatAsksForMoreThanAnybodyCanUseIsRefused(_ members: String) async throws {
        let caps = try await caps(CapLedger.mostCap)
        do {
            _ = try await caps.reserve(Self.target, probe(members))
            Issue.record("it was let through")
        } catch let error as GatewayError {
            #expect(error.code == .capReached)
        }
    }

    @NetLoop @Test func aNegativeLimitMakesNoRoomForOthers() async throws {
        let caps = try await caps(1_000)
        _ = try await caps.reserve(Self.target, probe(#","max_tokens":-100000"#))
        await #expect(throws: GatewayError.self) {
            _ = try await caps.reserve(Self.target, probe(#","max_tokens":5000"#))
        }
    }
}
