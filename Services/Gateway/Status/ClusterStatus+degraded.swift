import Bus
import Loop
import Wire

extension ClusterStatus {
    /// Below this the disk counts as nearly full, bytes.
    private static let leastFree = 256 << 20
    /// Events in the outbox from which on somebody should look: a quarter of what it holds.
    private static let manyEvents = 50_000
    /// How long an event or an image may wait before somebody should look, seconds.
    private static let longWait = 60.0
    /// A loop that stood still for that long is ill, milliseconds.
    private static let longGap = 2_000

    /// All that is not as it should be, what matters most first.
    var degraded: [Degradation] { ownTroubles + absences + auditTroubles + memberTroubles + workTroubles }

    private var ownTroubles: [Degradation] {
        var found = refusals.map {
            Degradation(service: "gateway", what: $0, hint: "no work is taken until that has changed")
        }
        if storage.isFull {
            let what = "the disk is full; what is under way is finished, nothing new is taken"
            found.append(Degradation(service: "gateway", what: what, hint: "make room where MARTLET_DATA lies"))
        }
        if storage.freeBytes > 0, storage.freeBytes < Self.leastFree {
            let left = "\(storage.freeBytes >> 20) MiB are left on the disk of MARTLET_DATA"
            found.append(Degradation(service: "gateway", what: left, hint: "make room", isLocal: true))
        }
        return found
    }

    private var absences: [Degradation] {
        var found: [Degradation] = []
        if let since = noWorkerSince {
            found.append(
                Degradation(
                    service: ServiceWatch.imageWorker,
                    what: "no image worker is connected",
                    since: since,
                    hint: "images wait; start an image-worker"
                )
            )
        }
        if let since = auditDownSince {
            found.append(
                Degradation(
                    service: ServiceWatch.auditService,
                    what: "the audit service is not connected; events wait in the outbox",
                    since: since,
                    hint: "start audit-service; nothing is lost while the outbox has room"
                )
            )
        }
        if let since = monitorDownSince {
            found.append(
                Degradation(
                    service: ServiceWatch.healthMonitor,
                    what: "the health monitor is not connected",
                    since: since,
                    hint: "start health-monitor; connectors are not checked meanwhile"
                )
            )
        }
        return found
    }

    private var auditTroubles: [Degradation] {
        var found: [Degradation] = []
        if let complaint = trail.shippingComplaint {
            found.append(
                Degradation(
                    service: ServiceWatch.auditService,
                    what: "\(complaint); events wait in the outbox",
                    hint: "nothing is lost while the outbox has room"
                )
            )
        }
        if let complaint = trail.complaint {
            found.append(
                Degradation(
                    service: ServiceWatch.auditService,
                    what: complaint,
                    hint: "martlet audit verify --against gateway.db says where"
                )
            )
        }
        let isLate = auditDownSince == nil && outboxLagSeconds > Self.longWait
        if isLate || outbox.events > Self.manyEvents {
            found.append(
                Degradation(
                    service: ServiceWatch.auditService,
                    what: "\(outbox.events) audit events wait, the oldest for \(Int(outboxLagSeconds)) s",
                    since: outbox.oldest,
                    hint: "see the audit service's log and its disk",
                    isLocal: true
                )
            )
        }
        return found
    }

    private var memberTroubles: [Degradation] {
        var found = members.flatMap(troubles)
        if versions.count > 1 {
            let list = members.filter(\.isPresent).compactMap { member in
                member.version.map { "\(member.service) \($0)" }
            }
            found.append(
                Degradation(
                    service: "cluster",
                    what: "versions differ: \(Set(list).sorted().joined(separator: ", "))",
                    hint: "finish the upgrade",
                    isLocal: true
                )
            )
        }
        if tap.hasBeenUp, !tap.isUp {
            found.append(
                Degradation(
                    service: "tap",
                    what: "the tap hub is not connected",
                    since: tap.since,
                    hint: "start tap hub; only what taps would show is missing",
                    isLocal: true
                )
            )
        }
        return found
    }

    private func troubles(_ member: ServiceRegister.Member) -> [Degradation] {
        func trouble(_ what: String, since: Int64? = nil, _ hint: String) -> Degradation {
            Degradation(
                service: member.service,
                what: "\(member.instance) \(what)",
                since: since,
                hint: hint,
                isLocal: true
            )
        }
        var found: [Degradation] = []
        if member.state == .away, member.service == ServiceWatch.imageWorker {
            found.append(
                trouble("is gone without a goodbye", since: member.since, "its images went to others; see its log")
            )
        }
        guard member.isPresent, let heartbeat = member.heartbeat else { return found }
        if heartbeat.tickGapMs > Self.longGap {
            found.append(trouble("stood still for \(heartbeat.tickGapMs) ms", "its machine has too much to do"))
        }
        if heartbeat.facts.contains(Heartbeat.Fact("spool_full", 1)) {
            found.append(trouble("takes no images: its spool is full", "give it room, or see why results stay"))
        }
        return found
    }

    private var workTroubles: [Degradation] {
        var found = sharedNames.map { name in
            Degradation(
                service: ServiceWatch.imageWorker,
                what: "two image workers are called \(name)",
                hint: "give each a MARTLET_INSTANCE of its own"
            )
        }
        if longestWait.seconds > Self.longWait, noWorkerSince == nil {
            found.append(
                Degradation(
                    service: "gateway",
                    what: "an image has waited for a worker for \(Int(longestWait.seconds)) s",
                    since: at - longestWait.nanoseconds / 1_000,
                    hint: "start more image workers",
                    isLocal: true
                )
            )
        }
        if !connectors.broken.isEmpty {
            found.append(
                Degradation(
                    service: "gateway",
                    what: "connectors of the organisation can't serve: \(connectors.broken.joined(separator: ", "))",
                    hint: "martlet connector list says why",
                    isLocal: true
                )
            )
        }
        return found
    }
}
