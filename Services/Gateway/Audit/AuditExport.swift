import HTTP
import JSON
import Loop
import Wire

/// The trail and the call log as files: rows are asked for page by page and sent as they come, so that neither this
/// process nor the audit service ever holds all of them. A client that reads slowly slows the questions down.
@NetLoop
final class AuditExport {
    /// Rows of one export at most; told in ``capHeader``. A later one goes on by `cursor`.
    nonisolated static let rowCap = 100_000
    /// The response's header with the most rows that it may have.
    static let capHeader = "x-martlet-row-cap"
    private static let pageRows = 500

    private let ask: AuditHandler.Ask

    init(ask: @escaping AuditHandler.Ask) { self.ask = ask }

    private static let columns: [AuditView: [String]] = [
        .audit: ["seq", "at", "event_type", "actor", "target_type", "target_id", "target_name", "notes", "hash"],
        .calls: [
            "at", "actor", "connector_id", "purpose", "model", "tokens_in", "tokens_out", "latency_ms", "outcome",
            "cost_usd", "stream",
        ],
    ]

    /// `GET /api/admin/audit.csv`, `GET /api/admin/calls.csv`
    func csv(_ call: Call, of view: AuditView) async throws {
        let columns = Self.columns[view] ?? []
        let type = "text/csv; charset=utf-8; header=present"
        try await send(call, view, type, name: "\(view.rawValue).csv", head: CSV.line(columns)) { row in
            CSV.line(columns.map { CSV.text(row[$0]) })
        }
    }

    /// `GET /api/admin/audit.jsonl`, `GET /api/admin/calls.jsonl`: a row in each line. When the cap cut it short, a
    /// last line `{"next_cursor": …}` says where to go on.
    func lines(_ call: Call, of view: AuditView) async throws {
        try await send(call, view, "application/x-ndjson", name: "\(view.rawValue).jsonl") { row in
            var writer = JSONWriter()
            writer.value(row)
            return writer.bytes + [UInt8(ascii: "\n")]
        } cut: { cursor in
            JSONWriter.object { $0.field("next_cursor", cursor) } + [UInt8(ascii: "\n")]
        }
    }

    private func send(
        _ call: Call,
        _ view: AuditView,
        _ type: String,
        name: String,
        head: [UInt8] = [],
        _ line: (JSONValue) -> [UInt8],
        cut: (String) -> [UInt8] = { _ in [] }
    ) async throws {
        let cap = try call.request.number("limit", in: 1...Self.rowCap) ?? Self.rowCap
        var query = AuditQuery(
            view: view,
            filter: try AuditFilter(call.request, for: view),
            cursor: try call.request.cursor,
            limit: min(cap, Self.pageRows)
        )
        // The first page is asked for before the answer begins: when there is none, an error can still be told.
        var page = try await ask(query, call.exchange.trace)
        let stream = call.exchange.stream(
            200,
            [
                ("content-type", type), ("cache-control", "no-store"), (Self.capHeader, String(cap)),
                ("content-disposition", "attachment; filename=\"\(name)\""),
            ]
        )
        stream.write(head)
        var sent = 0
        while true {
            try await stream.send(page.rows.flatMap(line))
            sent += page.rows.count
            query.cursor = page.nextCursor
            guard let cursor = page.nextCursor else { break }
            guard sent < cap else {
                stream.write(cut(cursor))
                break
            }
            query.limit = min(cap - sent, Self.pageRows)
            page = try await ask(query, call.exchange.trace)
        }
        stream.finish()
    }
}
