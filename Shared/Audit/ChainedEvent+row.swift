import SQLite

extension AuditSchema {
    /// Events with everything that their hashes need; conditions and an order go behind it.
    static let events = """
        SELECT e.seq, s.name, e.stream_seq, e.skipped, e.at, e.event_type, e.actor, e.target_type, e.target_id,
               e.salt, e.body, e.hash
        FROM event e LEFT JOIN stream s ON s.id = e.stream
        """
}

extension ChainedEvent {
    /// Where the chain's hash stands in a row of ``AuditSchema/events``.
    static let hashColumn = 11

    /// From a row of ``AuditSchema/events``.
    init(_ row: borrowing Row) {
        self.init(
            seq: UInt64(bitPattern: row.int64(0)),
            stream: row.optionalText(1) ?? "",
            streamSeq: UInt64(bitPattern: row.int64(2)),
            skipped: UInt64(bitPattern: row.int64(3)),
            at: row.int64(4),
            eventType: row.text(5),
            actor: row.text(6),
            targetType: row.text(7),
            targetID: row.text(8),
            salt: row.blob(9),
            body: row.blob(10)
        )
    }
}
