import HTTP
import JSON
import Loop
import Telemetry
import Wire

/// `/api/admin/audit`, `/api/admin/calls` and the usage: pages of what the audit service keeps, newest first.
@NetLoop
final class AuditHandler {
    /// Asks the audit service, as a step of a trace.
    typealias Ask = @Sendable (AuditQuery, Trace) async throws -> AuditPage

    private static let standardLimit = 50
    private static let largestLimit = 500

    private let ask: Ask

    init(ask: @escaping Ask) { self.ask = ask }

    /// `GET /api/admin/audit?event_type=&actor=&target=&days=&limit=&cursor=`
    func events(_ call: Call) async throws { try await answer(call, .audit) }

    /// `GET /api/admin/calls?connector=&purpose=&outcome=&actor=&days=&limit=&cursor=`
    func calls(_ call: Call) async throws { try await answer(call, .calls) }

    /// `GET /api/admin/usage?connector=&actor=&days=&limit=&cursor=`: tokens and cost by month, user, connector and model.
    /// The sums outlive the rows of the call log.
    func usage(_ call: Call) async throws { try await answer(call, .usage) }

    /// `GET /api/usage`: the caller's own.
    func ownUsage(_ call: Call) async throws { try await answer(call, .usage, actor: call.caller.userID) }

    private func answer(_ call: Call, _ view: AuditView, actor: String? = nil) async throws {
        var filter = try AuditFilter(call.request, for: view)
        if let actor { filter.actor = actor }
        let limit = try call.request.number("limit", in: 1...Self.largestLimit) ?? Self.standardLimit
        let page = try await ask(
            AuditQuery(
                view: view,
                filter: filter,
                cursor: try call.request.cursor,
                limit: limit
            ),
            call.exchange.trace
        )
        call.answer { writer in
            writer.field("items", .array(page.rows))
            writer.field("next_cursor", page.nextCursor)
            // Another trail under the pages of one listing shows in this.
            if view == .audit { writer.field("head", page.head) }
        }
    }
}

extension AuditFilter {
    /// From the query. A misspelt filter would show more than was asked for, so an unknown name is refused.
    init(_ request: Request, for view: AuditView) throws(GatewayError) {
        let own =
            switch view {
            case .audit: ["event_type", "actor", "target"]
            case .usage: ["connector", "actor"]
            default: ["connector", "purpose", "outcome", "actor"]
            }
        let known = own + ["days", "limit", "cursor"]
        for item in request.queryItems where !known.contains(item.name) {
            throw GatewayError(
                .invalidRequest,
                "There is no filter of that name; there are \(known.joined(separator: ", ")).",
                param: String(item.name.prefix(64))
            )
        }
        self.init()
        eventType = try request.filter("event_type", upTo: 128)
        actor = try request.filter("actor", upTo: 256)
        target = try request.filter("target", upTo: 256)
        connector = try request.filter("connector", upTo: 128)
        purpose = try request.filter("purpose", upTo: 64)
        outcome = try request.filter("outcome", upTo: 64)
        if let days = try request.number("days", in: 1...3_650) {
            since = wallClockMicroseconds() - Int64(days) * 86_400_000_000
        }
    }
}

extension Request {
    /// A whole number of the query; nil when it isn't there.
    func number(_ name: String, in range: ClosedRange<Int>) throws(GatewayError) -> Int? {
        guard let text = queryValue(name), !text.isEmpty else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let sentence = "`\(name)` is a number from \(range.lowerBound) to \(range.upperBound)."
            throw GatewayError(.invalidRequest, sentence, param: name)
        }
        return number
    }

    /// Where the page before ended.
    var cursor: String? {
        get throws(GatewayError) {
            guard let cursor = try filter("cursor", upTo: 64) else { return nil }
            guard cursor.utf8.allSatisfy({ $0 == UInt8(ascii: ":") || (0x30...0x39).contains($0) }) else {
                throw GatewayError(.invalidRequest, "`cursor` isn't one that a page gave.", param: "cursor")
            }
            return cursor
        }
    }

    fileprivate func filter(_ name: String, upTo limit: Int) throws(GatewayError) -> String? {
        guard let text = queryValue(name), !text.isEmpty else { return nil }
        guard text.utf8.count <= limit else {
            throw GatewayError(.invalidRequest, "`\(name)` has at most \(limit) bytes.", param: name)
        }
        return text
    }
}
