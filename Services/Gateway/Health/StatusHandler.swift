import Bus
import HTTP
import JSON
import Loop
import Telemetry

/// `/health…` and `/metrics`: cheap, and never a call to a provider.
@NetLoop
final class StatusHandler {
    /// What metrics show of the rest of the cluster.
    struct Facts: Sendable {
        var workers = 0
        /// Images that they make at a time.
        var slots = 0
        var images: [String: Int] = [:]
        /// Of the image that waits longest for nothing but a worker.
        var longestWait = Duration.zero
        var isAuditUp = false
        /// What contradicts itself in the audit trail.
        var auditComplaint: String?
        /// How long events wait in the outbox while none is acknowledged.
        var outboxStalled = Duration.zero
        var isTapWatched = false
        /// The gateway, and who is in session with it.
        var services: [ServiceRegister.Member] = []
    }

    private let gauges = ClusterGauges()
    private let report: StatusReport
    private let connectors: ConnectorRegister
    /// Connections that are open; the listener is there only when all else is.
    var connectionCount: @NetLoop () -> Int = { 0 }
    private let facts: @Sendable () async -> Facts

    init(report: StatusReport, connectors: ConnectorRegister, facts: @escaping @Sendable () async -> Facts) {
        self.report = report
        self.connectors = connectors
        self.facts = facts
    }

    /// The process serves HTTP.
    func liveness(_ exchange: Exchange) {
        exchange.respond(200, [("content-type", "application/json")], Array(#"{"status":"ok"}"#.utf8))
    }

    /// 200 while the gateway serves, with what is degraded; 503 once it stops. It is not there at all before it has
    /// started. With a full disk it serves on: chat and reading work, and what doesn't is refused by itself.
    func readiness(_ exchange: Exchange) async {
        let status = await report.brief()
        let isReady = status.refusals.isEmpty
        let body = JSONWriter.object { writer in
            writer.field("status", isReady ? "ok" : "unavailable")
            writer.field("image_workers", status.workers.count)
            writer.field("outbox", status.outbox.events)
            writer.field(
                "images",
                object: { writer in
                    for (state, count) in status.images.sorted(by: { $0.key < $1.key }) { writer.field(state, count) }
                }
            )
            writer.field(
                "degraded",
                array: { writer in
                    for one in status.degraded where !one.isLocal { writer.value(one.what) }
                }
            )
        }
        let more = isReady ? [] : [("retry-after", "5")]
        exchange.respond(isReady ? 200 : 503, [("content-type", "application/json")] + more, body)
    }

    /// `GET /api/admin/status`: every service of the cluster, and what is degraded.
    func whole(_ call: Call) async {
        let status = await report.whole()
        call.answer(headers: [("cache-control", "no-store")]) { status.write(&$0) }
    }

    /// Prometheus text. What an autoscaler goes by is looked at now, not counted as it happens.
    func metrics(_ exchange: Exchange) async {
        let facts = await facts()
        gauges.set(facts)
        gauges.set(connectors.all.values, at: wallClockMicroseconds())
        gauges.set(connections: connectionCount())
        exchange.respond(200, [("content-type", "text/plain; version=0.0.4")], Metrics.text())
    }
}
