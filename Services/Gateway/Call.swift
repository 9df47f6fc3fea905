import HTTP
import JSON
import Loop

/// One request on its way through a handler: the exchange, who is calling, and what the path held.
@NetLoop
struct Call {
    let exchange: Exchange
    let caller: Caller
    /// The session whose cookie came; nil when a key did.
    var session: SessionTable.Session?
    /// The values of the `{…}` parts of the route's path, in order.
    let parameters: [String]
    let started: Moment

    var request: Request { exchange.request }

    /// The caller as the audit trail names them; what is recorded in their name is told in the answer's head.
    ///
    /// Each read stands for one transaction: receipts of one that is undone must not ride on another.
    var actor: AuditTrail.Actor {
        let receipts = Receipts()
        let before = exchange.moreHeaders
        exchange.moreHeaders = { status in (before?(status) ?? []) + receipts.headers }
        return AuditTrail.Actor(caller.userID, receipts: receipts)
    }

    /// The body as a JSON object; duplicate keys, depth and size are checked.
    func object(limit: Int = 1 << 20) async throws -> JSONValue {
        let bytes = try await exchange.body(limit: limit)
        guard !bytes.isEmpty else {
            throw GatewayError(.invalidRequest, "The body is empty; a JSON object is expected.")
        }
        let value = try parseJSON(bytes)
        guard value.object != nil else {
            throw GatewayError(.invalidRequest, "The body must be a JSON object.")
        }
        return value
    }

    /// Answers with a JSON object.
    func answer(_ status: Int = 200, headers: [(String, String)] = [], _ members: (inout JSONWriter) -> Void) {
        exchange.respond(status, [("content-type", "application/json")] + headers, JSONWriter.object(members))
    }

    /// Answers a list as every list is answered.
    func answer(items: some Sequence<(inout JSONWriter) -> Void>, nextCursor: String? = nil) {
        answer { writer in
            writer.field(
                "items",
                array: { writer in
                    for write in items { writer.object(write) }
                }
            )
            writer.field("next_cursor", nextCursor)
        }
    }
}

/// JSON from a caller: what is wrong with it is the caller's to know.
func parseJSON(_ bytes: [UInt8]) throws(GatewayError) -> JSONValue {
    do throws(JSONError) {
        return try JSONValue(parsing: bytes)
    } catch {
        throw GatewayError(error)
    }
}

/// Reads members with the caller's own mistakes told as 400.
func reading<T>(_ body: () throws(JSONError) -> T) throws(GatewayError) -> T {
    do throws(JSONError) {
        return try body()
    } catch {
        var wrong = GatewayError(.invalidRequest, "The body lacks something or holds a wrong type: \(error.message).")
        wrong.details = [JSONField("json_error", .string(error.code.rawValue))]
        throw wrong
    }
}
