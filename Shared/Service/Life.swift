import JSON
import SQLite
import Telemetry
public import Wire

/// One run of a service, as the audit trail tells it: started, stopped, or ended without a word.
///
/// Who watches a cluster wants to know what ran when and what died; a process that is killed can't say so itself, so
/// the one that takes its place does. The run under way is a row beside the outbox, written and removed in the
/// transactions of the events.
public struct Life: Sendable, Hashable {
    /// Events that say so.
    public enum EventType {
        /// A service began to work.
        public static let started = "service.started"
        /// It was told to stop, and did.
        public static let stopped = "service.stopped"
        /// It ended without having been told: killed, crashed, or the machine was.
        public static let died = "service.died"
    }

    /// The executable.
    public let service: String
    /// Its name in the cluster.
    public let instance: String
    /// This start of it.
    public let boot: String

    /// A run of that process.
    public init(_ identity: Identity) {
        service = identity.service
        instance = identity.instance
        boot = identity.boot
    }

    /// From what ``text`` wrote; nil for anything else.
    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3 else { return nil }
        (service, instance, boot) = (String(words[0]), String(words[1]), String(words[2]))
    }

    /// The run whose start an event tells of; nil for any other event.
    public init?(startedBy event: AuditEvent) {
        guard event.eventType == EventType.started, let boot = event.data?["boot"]?.string else { return nil }
        (service, instance, self.boot) = (event.targetName, event.targetID, boot)
    }

    /// For the row; none of the three holds a space.
    var text: String { "\(service) \(instance) \(boot)" }

    /// An event of this run.
    public func event(_ type: String, notes: String, by actor: String? = nil) -> AuditEvent {
        AuditEvent(
            id: ULID.next().description,
            at: WallClock.microseconds,
            auditClass: .security,
            eventType: type,
            actor: actor ?? instance,
            targetType: "service",
            targetID: instance,
            targetName: service,
            notes: notes,
            data: .object([JSONField("boot", .string(boot))])
        )
    }

    /// The event of its start.
    public var startedEvent: AuditEvent {
        event(EventType.started, notes: "version \(Release.version), boot \(boot)")
    }

    /// The event of its end.
    public var stoppedEvent: AuditEvent { event(EventType.stopped, notes: "boot \(boot)") }

    /// The event of an earlier run's end that nobody was told of.
    public func died(noticedBy successor: Life) -> AuditEvent {
        event(
            EventType.died,
            notes: "boot \(boot) ended without having been stopped; noticed at the next start",
            by: successor.instance
        )
    }
}

extension Outbox {
    private static let lifeName = "life"

    /// Records that a run begins and, where the last one of this outbox was not stopped, how that ended; returns once
    /// both are on the disk.
    public func begin(_ life: Life) async throws {
        _ = try await store.write { db in
            let last = try db.text("SELECT value FROM outbox_meta WHERE name = ?", Self.lifeName).flatMap { Life($0) }
            if let last { try self.append(last.died(noticedBy: life), in: db) }
            try self.append(life.startedEvent, in: db)
            try db.run(
                "INSERT INTO outbox_meta VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                Self.lifeName,
                life.text
            )
        }
    }

    /// Records that it was stopped. Where that fails the log has it, and the successor reports a death.
    public func end(_ life: Life) async {
        do {
            _ = try await store.write { db in
                try self.append(life.stoppedEvent, in: db)
                try db.run("DELETE FROM outbox_meta WHERE name = ?", Self.lifeName)
            }
        } catch {
            Log.warning("the stop is not on record", ["error": "\(error)"])
        }
    }
}
