import HTTP
import Loop
import Wire

/// Tells the health monitor every two seconds what the calls of that time showed. The calls wait for nothing.
@NetLoop
final class TrafficReporter {
    private let connectors: ConnectorRegister
    private let window: Duration
    private var evidence = TrafficEvidence()
    private var isArmed = false
    /// Where signals go; without a monitor they are dropped there.
    var send: @NetLoop ([HealthSignal]) -> Void = { _ in }

    init(connectors: ConnectorRegister, window: Duration = .seconds(2)) {
        self.connectors = connectors
        self.window = window
    }

    func record(_ row: CallRow) {
        // A call that began with other credentials says nothing of these.
        guard row.at - row.latencyMs * 1_000 >= connectors.all[row.connectorID]?.configuredAt ?? 0 else { return }
        evidence.observe(row, now: .now)
        guard !isArmed, !evidence.isEmpty else { return }
        isArmed = true
        _ = NetLoop.after(window) { [weak self] in self?.tell() }
    }

    private func tell() {
        isArmed = false
        let all = connectors.all
        let signals = evidence.take(now: .now) { all[$0]?.lastHealthCheckStatus == "ok" && all[$0]?.status == .active }
        if !signals.isEmpty { send(signals) }
    }
}
