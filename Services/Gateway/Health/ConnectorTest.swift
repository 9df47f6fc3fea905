import HTTP
import Loop
import Providers
import Telemetry
import Wire

/// What the Test button asks: do this connector's credentials work now?
///
/// The health monitor makes the check, as it makes all, so that a provider sees one at a time whoever asks. Without a
/// monitor the gateway calls the provider itself: a test result says what the provider thinks of the credentials, and
/// that nobody else could ask is no answer to it. A good result is written down at once; a bad one is looked at once
/// more before it is, by whoever made the check.
@NetLoop
final class ConnectorTest {
    /// As http-api.md's test result.
    struct Result: Sendable, Equatable {
        /// `ok` or a typed code.
        var status: String
        var latencyMs: Int64
        var message: String
    }

    private let upstream: Upstream
    private let ledger: HealthLedger
    private let paidChecks: PaidChecks
    private let lanes = ProviderLanes()
    private let pause: Duration
    /// Asks the monitor.
    var ask: @Sendable (String, TraceContext) async -> HealthDesk.Answer = { _, _ in .away }

    /// - Parameter pause: before the second look at a bad answer.
    init(upstream: Upstream, ledger: HealthLedger, paidChecks: PaidChecks, pause: Duration = .seconds(1)) {
        self.upstream = upstream
        self.ledger = ledger
        self.paidChecks = paidChecks
        self.pause = pause
    }

    func run(_ connector: Connector, of trace: TraceContext = TraceContext()) async throws(GatewayError) -> Result {
        switch await ask(connector.id, trace) {
        case .status(let status):
            if status.outcome == "ok" {
                var seen = connector
                seen.revision = status.revision ?? connector.revision
                await note(seen, status.outcome, nil, by: "health-monitor")
            }
            return Result(
                status: status.outcome,
                latencyMs: Int64(status.latencyMs),
                message: status.message ?? Self.message(status.outcome)
            )
        case .refused(let error) where error.code == "budget":
            throw GatewayError(.rateLimited, error.detail)
        case .refused, .silent:
            var failure = GatewayError(.notReady, "The health monitor has too many checks to make; try again.")
            failure.retryAfter = .seconds(1)
            throw failure
        case .away:
            let lane = "\(connector.type) \(connector.config.baseURL ?? "")"
            guard try await mayLook(connector) else { throw PaidChecks.isSpent }
            return await lanes.run(in: lane) { await self.lookMyself(connector, of: trace) }
        }
    }

    private func mayLook(_ connector: Connector) async throws(GatewayError) -> Bool {
        do {
            return try await paidChecks.begin(connector)
        } catch {
            throw GatewayError(anything: error)
        }
    }

    private func lookMyself(_ connector: Connector, of trace: TraceContext) async -> Result {
        let first = await look(connector, of: trace)
        guard first.status != "ok", first.status != connector.lastHealthCheckStatus, first.status != "rate_limited"
        else {
            await note(connector, first.status, first.message, by: "gateway")
            return first
        }
        await withCheckedContinuation { continuation in
            _ = NetLoop.after(pause) { continuation.resume() }
        }
        guard (try? await mayLook(connector)) == true else { return first }
        let second = await look(connector, of: trace)
        if second.status == "ok" || second.status == first.status {
            await note(connector, second.status, second.message, by: "gateway")
        }
        return second
    }

    private func look(_ connector: Connector, of trace: TraceContext) async -> Result {
        let began = Moment.now
        let failure = await failure(of: connector, trace)
        return Result(
            status: failure?.code.rawValue ?? "ok",
            latencyMs: (Moment.now - began).milliseconds,
            message: failure?.message ?? Self.message("ok")
        )
    }

    private func failure(of connector: Connector, _ trace: TraceContext) async -> GatewayError? {
        do {
            let adapter = try upstream.adapter(of: connector)
            let request = try adapter.healthRequest(upstream.config(of: connector))
            let timeouts = ClientRequest.Timeouts(firstByte: .seconds(15), total: .seconds(30))
            let transfer = upstream.start(request, of: trace, timeouts: timeouts)
            let head = try await transfer.head()
            let body = try await transfer.body(limit: 4 << 20)
            return adapter.health(status: head.status, header: { head.headers[$0] }, body: body)
                .map { GatewayError($0) }
        } catch {
            return upstream.translate(error)
        }
    }

    /// The person hears the result also when the disk is full.
    private func note(_ connector: Connector, _ outcome: String, _ message: String?, by actor: AuditTrail.Actor) async {
        do {
            try await ledger.note(
                .init(
                    connector: connector.id,
                    outcome: outcome,
                    message: message,
                    actor: actor,
                    revision: connector.revision
                )
            )
        } catch {
            Log.warning("a test's result could not be written", ["connector": connector.id])
        }
    }

    private static func message(_ outcome: String) -> String {
        outcome == "ok" ? "The provider accepts the credentials." : "The check came to \(outcome)."
    }
}
