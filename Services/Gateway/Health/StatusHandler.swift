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
        var images: [String: Int] = [:]
        /// Of the image that waits longest for nothing but a worker.
        var longestWait = Duration.zero
        var isAuditUp = false
        /// What contradicts itself in the audit trail.
        var auditComplaint: String?
        var unshipped = 0
        var isMonitorUp = false
    }

    private static let longestWait = Metrics.gauge(
        "martlet_queue_oldest_seconds",
        "How long the image has waited that waits longest for nothing but a worker."
    )
    private static let images = Metrics.gauges(
        "martlet_queue_images",
        "Images that have not ended, by where they stand: waiting, or with a worker.",
        labels: ["state"]
    )
    private static let workers = Metrics.gauge("martlet_image_workers", "Image workers that are connected.")

    private let facts: @Sendable () async -> Facts

    init(facts: @escaping @Sendable () async -> Facts) {
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
        if let complaint = facts.auditComplaint { degraded.append(complaint) }
        if !facts.isMonitorUp { degraded.append("the health monitor is not connected") }
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
        let waiting = ["queued", "retry_wait"].reduce(0) { $0 + (facts.images[$1] ?? 0) }
        Self.longestWait.set(facts.longestWait.seconds)
        Self.images.with("waiting").set(waiting)
        Self.images.with("working").set(facts.images.values.reduce(0, +) - waiting)
        Self.workers.set(facts.workers)
        exchange.respond(200, [("content-type", "text/plain; version=0.0.4")], Metrics.text())
    }
}
