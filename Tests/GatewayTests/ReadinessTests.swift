import HTTP
import JSON
import Loop
import Support
import Testing

@testable import Gateway

/// When the gateway says that it takes work.
@Suite(.timeLimit(.minutes(1))) struct ReadinessTests {
    private let folder = Folder()

    @NetLoop
    private func report(_ change: @escaping @Sendable (inout ClusterStatus) -> Void = { _ in })
        -> StatusReport
    {
        let sources = StatusReport.Sources(
            brief: {
                var status = ClusterStatus(at: 1, started: 0)
                change(&status)
                return status
            },
            details: { $0 }
        )
        let ballast = Ballast(folder: folder.path, bytes: 0)
        return StatusReport(sources: sources, connectors: ConnectorRegister(), ballast: ballast, folder: folder.path)
    }

    /// The answer of `/health/readiness`.
    @NetLoop
    private func ask(_ report: StatusReport) async throws -> (status: Int, body: JSONValue) {
        let handler = StatusHandler(report: report, connectors: ConnectorRegister()) { StatusHandler.Facts() }
        let listener = try Listener(address: "127.0.0.1:0") { await handler.readiness($0) }
        defer { listener.close() }
        let transfer = Client().start(ClientRequest(method: "GET", url: "http://127.0.0.1:\(listener.port)/"))
        let head = try await transfer.head()
        return (head.status, try JSONValue(parsing: await transfer.body(limit: 1 << 20)))
    }

    @NetLoop @Test func aGatewayThatTakesWorkIsReadyWhateverIsDegraded() async throws {
        let answer = try await ask(
            report { status in
                status.noWorkerSince = 1
                status.longestWait = .seconds(100)
            }
        )
        #expect(answer.status == 200 && answer.body["status"]?.string == "ok")
        let told = answer.body["degraded"]?.array?.compactMap(\.string)
        #expect(told == ["no image worker is connected"], "what concerns a part alone isn't readiness's to tell")
    }

    @NetLoop @Test func oneThatStopsIsNotReady() async throws {
        let report = report()
        report.isDraining = true
        let answer = try await ask(report)
        #expect(answer.status == 503 && answer.body["status"]?.string == "unavailable")
        #expect(answer.body["degraded"]?.array?.compactMap(\.string).contains("the gateway is stopping") == true)
    }
}
