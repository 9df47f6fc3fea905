import HTTP
import Loop
import Telemetry

/// The one line that a request leaves in the log when it is over.
///
/// What went as asked is for debugging: each call to a provider stands in the call log already, and a line for each
/// would cost more than some calls do. What changed something under `/api/`, what was refused, and who left early are
/// for people who run Martlet; the gateway's own failures and its providers' are warnings.
@NetLoop
enum AccessLine {
    static func write(_ exchange: Exchange, user: String?, took: Duration) {
        let level = level(exchange)
        guard Log.isEnabled(level) else { return }
        Log.line(
            level,
            "request",
            [
                "request_id": exchange.requestID, "trace": exchange.trace.id, "span": exchange.trace.spanID,
                "method": exchange.request.method, "path": exchange.request.path, "status": exchange.status,
                "left": exchange.hasLeft, "took_ms": took, "user": user,
            ]
        )
    }

    /// The path is logged without its query, where signatures of picture addresses stand.
    static func level(_ exchange: Exchange) -> Log.Level {
        // Nothing was answered: the body was broken or too slow, which the server answers by itself.
        guard let status = exchange.status else { return .info }
        if status >= 500 { return .warning }
        if status >= 400 || exchange.hasLeft { return .info }
        let changes = exchange.request.method != "GET" && exchange.request.method != "HEAD"
        return changes && exchange.request.path.hasPrefix("/api/") ? .info : .debug
    }
}
