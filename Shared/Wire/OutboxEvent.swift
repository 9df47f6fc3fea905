public import JSON

/// An event as an outbox keeps it: its bytes, written once, and what the outbox must know of it.
public struct OutboxEvent: Sendable {
    /// The type of an event that carries rows of the call log, each in `data.rows` as `{"at", "actor", "call"}`.
    public static let calls = "calls"
    /// How long one event of rows grows, in bytes, before the next one is begun.
    ///
    /// An event costs its store a statement on either side, so a busy moment's rows share a few of them.
    public static let callBytes = 32 << 10

    /// How dear it is.
    public let auditClass: AuditClass
    /// When, microseconds of the wall clock.
    public let at: Int64
    /// Rows of the call log in it; 0 for any other event.
    public let rows: Int
    /// ``AuditEvent/encoded()``.
    public let bytes: [UInt8]

    /// Any event; one of the call log counts as one row.
    public init(_ event: AuditEvent) {
        auditClass = event.auditClass
        at = event.at
        rows = event.auditClass == .call ? 1 : 0
        bytes = event.encoded()
    }

    /// Rows of the call log.
    ///
    /// - Parameters:
    ///   - at: the first row's time.
    ///   - write: writes rows until they are ``callBytes`` long or there is no other, and says how many.
    public init(callsSince at: Int64, _ write: (inout JSONWriter) -> Int) {
        let event = AuditEvent(
            id: ULID.next().description,
            at: at,
            auditClass: .call,
            eventType: Self.calls,
            actor: "",
            targetType: "call_log",
            targetID: "",
            targetName: "",
            notes: ""
        )
        var writer = JSONWriter(capacity: 2 * Self.callBytes)
        var rows = 0
        writer.object { writer in
            event.write(&writer)
            writer.field("data", object: { $0.field("rows", array: { rows = write(&$0) }) })
        }
        auditClass = .call
        self.at = at
        self.rows = rows
        bytes = writer.bytes
    }
}
