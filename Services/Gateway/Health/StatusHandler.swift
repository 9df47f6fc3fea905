import Bus
import HTTP
import JSON
import Loop
import Telemetry

/// `/health…` and `/metrics`: cheap, and never a call to a provider.
@NetLoop
final class StatusHandler {
    /// What the gateway knows of the rest of the cluster.
    struct Facts: Sendable {
        var workers = 0
        /// Images that they make at a time.
        var slots = 0
        var images: [String: Int] = [:]
        /// Of the image that waits longest for nothing but a worker.
        var longestWait = Duration.zero
        var isAuditUp = false
        /// Why the audit service takes no events although it is connected.
        var shippingComplaint: String?
        var isDiskFull = false
        /// What contradicts itself in the audit trail.
        var auditComplaint: String?
        var unshipped = 0
        /// How long events wait in the outbox while none is acknowledged.
        var outboxStalled = Duration.zero
        var isTapWatched = false
        /// The gateway, and who is in session with it.
        var services: [ServiceRoll.Entry] = []
        var isMonitorUp = false
        /// Instance names that more than one image worker has.
        var sharedNames: [String] = []
    }

    private let gauges = ClusterGauges()
    private let connectors: ConnectorRegister
    /// Connections that are open; the listener is there only when all else is.
    var connectionCount: @NetLoop () -> Int = { 0 }
    private let facts: @Sendable () async -> Facts

    init(connectors: ConnectorRegister, facts: @escaping @Sendable () async -> Facts) {
        self.connectors = connectors
        self.facts = facts
    }

    /// The process serves HTTP.
    func liveness(_ exchange: Exchange) {
        exchange.respond(200, [("content-type", "application/json")], Array(#"{"status":"ok"}"#.utf8))
    }

    /// Ready to take work; what is degraded is told, and doesn't make the gateway refuse.
    func readiness(_ exchange: Exchange) async {
        let facts = await facts()
        var degraded: [String] = []
        if facts.workers == 0 { degraded.append("no image worker is connected") }
        if !facts.isAuditUp { degraded.append("the audit service is not connected; events wait in the outbox") }
        if let complaint = facts.shippingComplaint { degraded.append("\(complaint); events wait in the outbox") }
        if facts.isDiskFull { degraded.append("the disk is full; what is under way is finished, nothing new is taken") }
        if let complaint = facts.auditComplaint { degraded.append(complaint) }
        if !facts.isMonitorUp { degraded.append("the health monitor is not connected") }
        for name in facts.sharedNames { degraded.append("two image workers are called \(name)") }
        let body = JSONWriter.object { writer in
            writer.field("status", "ok")
            writer.field("image_workers", facts.workers)
            writer.field("outbox", facts.unshipped)
            writer.field(
                "images",
                object: { writer in
                    for (state, count) in facts.images.sorted(by: { $0.key < $1.key }) { writer.field(state, count) }
                }
            )
            writer.field(
                "degraded",
                array: { writer in
                    for sentence in degraded { writer.value(sentence) }
                }
            )
        }
        exchange.respond(200, [("content-type", "application/json")], body)
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
