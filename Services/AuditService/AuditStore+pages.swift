import Audit
import Crypto
import JSON
import Loop
import SQLite
import Telemetry
import Wire

extension AuditStore {
    /// Rows of one page at most.
    static let pageLimit = 500
    /// Bytes of one page at most, well within a payload.
    static let pageBytes = 700 << 10

    /// Answers a question, newest first.
    func page(_ query: AuditQuery) async throws -> AuditPage {
        try await store.read { db in
            var page = Page(limit: min(max(query.limit, 1), Self.pageLimit))
            let filter = query.filter ?? AuditFilter()
            switch query.view {
            case .audit: try Self.events(filter, query.cursor, in: db, &page)
            case .calls: try Self.calls(filter, query.cursor, in: db, &page)
            case .usage: try Self.usage(filter, query.cursor, in: db, &page)
            }
            return AuditPage(rows: page.rows, nextCursor: page.next, head: try Self.chain(in: db).headText)
        }
    }

    /// Rows that are gathered until the page is full.
    private struct Page {
        let limit: Int
        private(set) var rows: [JSONValue] = []
        private var bytes = 0
        private(set) var next: String?

        init(limit: Int) { self.limit = limit }

        /// Adds a row; false when the page is full already, and the next one begins behind `cursor`.
        mutating func add(_ row: JSONValue, size: Int, after cursor: @autoclosure () -> String?) -> Bool {
            if rows.count >= limit || (!rows.isEmpty && bytes + size > AuditStore.pageBytes) {
                next = cursor()
                return false
            }
            rows.append(row)
            bytes += size
            return true
        }
    }

    /// Conditions joined by AND, with their bindings.
    private struct Conditions {
        private var texts: [String] = []
        private(set) var bindings: [any Binding] = []

        mutating func add(_ text: String, _ binding: (any Binding)?) {
            guard let binding else { return }
            texts.append(text)
            bindings.append(binding)
        }

        var sql: String { texts.isEmpty ? "" : " WHERE " + texts.joined(separator: " AND ") }
    }

    private static func events(_ filter: AuditFilter, _ cursor: String?, in db: Connection, _ page: inout Page) throws {
        var conditions = Conditions()
        conditions.add("seq < ?", cursor.flatMap { Int64($0) })
        conditions.add("event_type = ?", filter.eventType)
        conditions.add("actor = ?", filter.actor)
        conditions.add("target_id = ?", filter.target)
        conditions.add("at >= ?", filter.since)
        conditions.add("at < ?", filter.until)
        let sql = "SELECT seq, body, hash FROM event\(conditions.sql) ORDER BY seq DESC"
        var last: Int64 = 0
        try db.each(sql, bindings: conditions.bindings) { row in
            let seq = row.int64(0)
            let body = row.blob(1)
            guard page.add(event(seq, body, row.blob(2)), size: body.count + 200, after: String(last)) else {
                return false
            }
            last = seq
            return true
        }
    }

    private static func event(_ seq: Int64, _ body: [UInt8], _ hash: [UInt8]) -> JSONValue {
        let tree = (try? JSONValue(parsing: body)) ?? .object([])
        var fields = [
            JSONField("seq", JSONValue(seq)),
            JSONField("at", .string(Timestamp.text(microseconds: tree["at"]?.int ?? 0))),
        ]
        for name in ["event_type", "actor", "target_type", "target_id", "target_name", "notes"] {
            fields.append(JSONField(name, tree[name] ?? .string("")))
        }
        if let data = tree.optional("data") { fields.append(JSONField("data", data)) }
        fields.append(JSONField("hash", .string(Hex.encode(hash))))
        return .object(fields)
    }

    /// A cursor is `<day>:<id>` of the last row shown.
    private static func calls(_ filter: AuditFilter, _ cursor: String?, in db: Connection, _ page: inout Page) throws {
        let mark = cursor?.split(separator: ":").compactMap { Int64($0) } ?? []
        var last = ""
        for day in try AuditSchema.days(in: db) {
            if page.next != nil { return }
            if let first = mark.first, Int64(day) > first { continue }
            if let since = filter.since, day < Timestamp.day(microseconds: since) { return }
            if let until = filter.until, day > Timestamp.day(microseconds: until) { continue }
            var conditions = Conditions()
            if mark.count == 2, mark[0] == Int64(day) { conditions.add("id < ?", mark[1]) }
            conditions.add("actor = ?", filter.actor)
            conditions.add("connector_id = ?", filter.connector)
            conditions.add("json_extract(CAST(body AS TEXT), '$.purpose') = ?", filter.purpose)
            conditions.add("outcome = ?", filter.outcome)
            conditions.add("at >= ?", filter.since)
            conditions.add("at < ?", filter.until)
            let sql = "SELECT id, at, actor, body FROM calls_\(day)\(conditions.sql) ORDER BY id DESC"
            try db.each(sql, bindings: conditions.bindings) { row in
                let body = row.blob(3)
                let value = call(row.int64(1), row.text(2), body)
                guard page.add(value, size: body.count + 100, after: last) else { return false }
                last = "\(day):\(row.int64(0))"
                return true
            }
        }
    }

    private static func call(_ at: Int64, _ actor: String, _ body: [UInt8]) -> JSONValue {
        var fields = [
            JSONField("at", .string(Timestamp.text(microseconds: at))),
            JSONField("actor", .string(actor)),
        ]
        let tree = (try? JSONValue(parsing: body)) ?? .object([])
        fields += (tree.object ?? []).filter { $0.name != "at" && $0.name != "actor" }
        return .object(fields)
    }

    /// A cursor counts the rows shown so far: a month's sums are few.
    private static func usage(_ filter: AuditFilter, _ cursor: String?, in db: Connection, _ page: inout Page) throws {
        let skipped = cursor.flatMap { Int($0) } ?? 0
        var conditions = Conditions()
        conditions.add("actor = ?", filter.actor)
        conditions.add("connector_id = ?", filter.connector)
        conditions.add("month >= ?", filter.since.map { Timestamp.day(microseconds: $0) / 100 })
        conditions.add("month <= ?", filter.until.map { Timestamp.day(microseconds: $0) / 100 })
        let sql =
            "SELECT * FROM usage\(conditions.sql) ORDER BY month DESC, actor, connector_id, model LIMIT -1 OFFSET ?"
        var shown = skipped
        try db.each(sql, bindings: conditions.bindings + [skipped]) { row in
            let month = row.int(0)
            let value = JSONValue.object([
                JSONField("month", .string("\(month / 100)-\(month % 100 < 10 ? "0" : "")\(month % 100)")),
                JSONField("actor", .string(row.text(1))),
                JSONField("connector_id", .string(row.text(2))),
                JSONField("model", .string(row.text(3))),
                JSONField("calls", JSONValue(row.int(4))),
                JSONField("tokens_in", JSONValue(row.int(5))),
                JSONField("tokens_out", JSONValue(row.int(6))),
                JSONField("cost_usd", JSONValue(row.double(7))),
                JSONField("unpriced_calls", JSONValue(row.int(8))),
            ])
            guard page.add(value, size: 300, after: String(shown)) else { return false }
            shown += 1
            return true
        }
    }
}
