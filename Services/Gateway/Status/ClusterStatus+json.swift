import Bus
import JSON
import Loop
import Telemetry
import Wire

extension ClusterStatus {
    /// As `GET /api/admin/status` answers it.
    func write(_ writer: inout JSONWriter) {
        writer.field("status", word)
        writer.field("at", Timestamp.text(microseconds: at))
        writer.field("version", Release.version)
        writer.field("versions", array: { writer in for version in versions { writer.value(version) } })
        writer.field(
            "services",
            array: { writer in
                for member in members { writer.object { write(member, &$0) } }
                writer.object { writeTap(&$0) }
            }
        )
        writer.field("queue", object: writeQueue)
        writer.field(
            "outbox",
            object: { writer in
                writer.field("events", outbox.events)
                writer.field("lag_seconds", rounded(outboxLagSeconds))
            }
        )
        writer.field(
            "storage",
            object: { writer in
                writer.field("database_bytes", storage.databaseBytes)
                writer.field("free_bytes", storage.freeBytes)
            }
        )
        writer.field("audit", object: writeTrail)
        writer.field("connectors", object: writeConnectors)
        writer.field("degraded", array: { writer in for one in degraded { writer.object { write(one, &$0) } } })
    }

    private func write(_ member: ServiceRegister.Member, _ writer: inout JSONWriter) {
        writer.field("service", member.service)
        writer.field("instance", member.instance.isEmpty ? nil : member.instance)
        writer.field("version", member.version)
        writer.field("minor", member.minor)
        writer.field("boot", member.boot.isEmpty ? nil : member.boot)
        writer.field("state", member.state.rawValue)
        writer.field("since", Timestamp.text(microseconds: member.since))
        writer.field("seconds", seconds(since: member.since))
        writer.field("last_seen", member.lastSeen.map(Timestamp.text(microseconds:)))
        if let heartbeat = member.heartbeat {
            writer.field("queue", heartbeat.queue)
            writer.field("load", heartbeat.load)
            writer.field("resident_bytes", heartbeat.residentBytes)
            writer.field("tap_dropped", Int64(clamping: heartbeat.tapDropped))
            writer.field("tick_gap_ms", heartbeat.tickGapMs)
        }
        writer.field("lag_seconds", lag(of: member).map(rounded))
        let worker =
            member.service == ServiceWatch.imageWorker && member.isPresent
            ? workers.first { $0.instance == member.instance } : nil
        let facts = member.heartbeat?.facts ?? []
        guard worker != nil || !facts.isEmpty else { return }
        writer.field(
            "details",
            object: { writer in
                if let worker {
                    writer.field("credit", worker.credit)
                    writer.field("images", worker.images)
                }
                // A fact of that name would make the object hold it twice.
                for fact in facts where !["credit", "images"].contains(fact.name) { write(fact, &writer) }
            }
        )
    }

    /// A fact whose name ends in `_at` is a time.
    private func write(_ fact: Heartbeat.Fact, _ writer: inout JSONWriter) {
        if fact.name.hasSuffix("_at") {
            writer.field(fact.name, Timestamp.text(microseconds: fact.value))
        } else {
            writer.field(fact.name, fact.value)
        }
    }

    /// How far behind a service is with what it was given.
    private func lag(of member: ServiceRegister.Member) -> Double? {
        switch member.service {
        case "gateway": longestWait.seconds
        case ServiceWatch.auditService: outboxLagSeconds
        default: nil
        }
    }

    /// The hub says no hello; what is known of it is the gateway's own connection to it.
    private func writeTap(_ writer: inout JSONWriter) {
        writer.field("service", "tap")
        writer.field("instance", String?.none)
        writer.field("version", String?.none)
        writer.field("minor", Int?.none)
        writer.field("boot", String?.none)
        writer.field("state", tap.isUp ? "up" : "away")
        writer.field("since", Timestamp.text(microseconds: tap.since ?? started))
        writer.field("seconds", seconds(since: tap.since ?? started))
        writer.field("last_seen", String?.none)
        writer.field(
            "details",
            object: { writer in
                writer.field("watched", tap.isWatched)
                writer.field("shown", Int64(clamping: tap.shown))
                writer.field("dropped", Int64(clamping: tap.dropped))
            }
        )
    }

    private func writeQueue(_ writer: inout JSONWriter) {
        for (state, count) in images.sorted(by: { $0.key < $1.key }) { writer.field(state, count) }
        writer.field("oldest_seconds", rounded(longestWait.seconds))
    }

    private func writeTrail(_ writer: inout JSONWriter) {
        writer.field("connected", trail.isUp)
        writer.field("head", trail.head.isEmpty ? nil : trail.head)
        writer.field("checkpoint_count", trail.checkpoint?.count)
        writer.field("checkpoint_at", trail.checkpoint.map { Timestamp.text(microseconds: $0.at) })
        writer.field("complaint", trail.complaint)
    }

    private func writeConnectors(_ writer: inout JSONWriter) {
        writer.field("total", connectors.total)
        writer.field("active", connectors.active)
        writer.field("ok", connectors.ok)
        writer.field("down", connectors.down)
        writer.field("unknown", connectors.unknown)
        writer.field("auth_invalid", connectors.authInvalid)
        writer.field("revoked", connectors.revoked)
    }

    private func write(_ one: Degradation, _ writer: inout JSONWriter) {
        writer.field("service", one.service)
        writer.field("what", one.what)
        writer.field("since", one.since.map(Timestamp.text(microseconds:)))
        writer.field("seconds", one.since.map(seconds(since:)))
        writer.field("hint", one.hint)
    }

    /// For programs that want no dates: how long ago that was, never less than nothing.
    private func seconds(since moment: Int64) -> Int64 { max(0, (at - moment) / 1_000_000) }

    /// To a thousandth.
    private func rounded(_ seconds: Double) -> Double { (seconds * 1_000).rounded() / 1_000 }
}
