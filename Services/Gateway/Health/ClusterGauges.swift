import HTTP
import Loop
import Providers
import Service
import Telemetry
import Wire

/// The metrics that are looked at when they are asked for: the queue, the services, the connectors, the files.
@NetLoop
final class ClusterGauges {
    private let longestWait = Metrics.gauge(.queueOldest)
    private let images = Metrics.gauges(.queueImages)
    private let workers = Metrics.gauge(.imageWorkers)
    private let slots = Metrics.gauge(.imageSlots)
    private let auditUp = Metrics.gauge(.auditUp)
    private let auditTrouble = Metrics.gauge(.auditTrouble)
    private let outboxStalled = Metrics.gauge(.outboxStalled)
    private let tapWatched = Metrics.gauge(.tapWatched)
    private let connectors = Metrics.gauges(.connectors)
    private let connections = Metrics.gauge(.httpConnections)
    private let up = Metrics.gauges(.serviceUp)
    private let resident = Metrics.gauges(.serviceResident)
    private let busy = Metrics.gauges(.serviceBusy)
    private let queue = Metrics.gauges(.serviceQueue)
    private let tapDropped = Metrics.readings(.serviceTapDropped)
    private let tickGap = Metrics.gauges(.serviceTickGap)

    /// Sets what the cluster's facts say.
    func set(_ facts: StatusHandler.Facts) {
        let waiting = ["queued", "retry_wait"].reduce(0) { $0 + (facts.images[$1] ?? 0) }
        longestWait.set(facts.longestWait.seconds)
        images.with("waiting").set(waiting)
        images.with("working").set(facts.images.values.reduce(0, +) - waiting)
        workers.set(facts.workers)
        slots.set(facts.slots)
        auditUp.set(facts.isAuditUp ? 1 : 0)
        auditTrouble.set(facts.auditComplaint == nil ? 0 : 1)
        outboxStalled.set(facts.outboxStalled.seconds)
        tapWatched.set(facts.isTapWatched ? 1 : 0)
        set(facts.services)
    }

    /// Services that are gone leave the exposition: a value that nobody renews would look like a live one.
    private func set(_ services: [ServiceRegister.Member]) {
        let present = Set(services.map { [$0.service, $0.instance] })
        for family in [up, resident, busy, queue, tapDropped, tickGap] { family.keep(present.contains) }
        for member in services {
            let (service, instance) = (member.service, member.instance)
            up.with(service, instance).set(1)
            guard let heartbeat = member.heartbeat else { continue }
            resident.with(service, instance).set(heartbeat.residentBytes)
            busy.with(service, instance).set(heartbeat.load)
            queue.with(service, instance).set(heartbeat.queue)
            tapDropped.with(service, instance).set(Double(heartbeat.tapDropped))
            tickGap.with(service, instance).set(member.longestPause(at: .now).seconds)
        }
    }

    /// How many connectors are in which state.
    func set(_ all: some Collection<Connector>, at now: Int64) {
        var counts: [[String]: Int] = [:]
        for connector in all {
            let health = connector.shownHealth(at: now).map(HealthLedger.known) ?? "unchecked"
            counts[[connector.type, connector.status.rawValue, health], default: 0] += 1
        }
        connectors.keep { counts[$0] != nil }
        for (labels, count) in counts { connectors.with(labels[0], labels[1], labels[2]).set(count) }
    }

    /// How many clients are connected.
    func set(connections count: Int) { connections.set(count) }
}
