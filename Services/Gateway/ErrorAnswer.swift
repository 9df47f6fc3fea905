import HTTP
import JSON
import Loop
import Providers

/// Writes an error in the shape that the caller's SDK knows: OpenAI's on `/v1/*`, Martlet's own on `/api/*`.
enum ErrorAnswer {
    static func body(for error: GatewayError, path: String, requestID: String) -> [UInt8] {
        path.hasPrefix("/api/")
            ? native(error, requestID: requestID)
            : openAI(error)
    }

    static func headers(for error: GatewayError) -> [(String, String)] {
        var headers = [("content-type", "application/json")]
        if let retryAfter = error.retryAfter {
            let milliseconds = max(0, retryAfter.milliseconds)
            headers.append(("retry-after", String((milliseconds + 999) / 1_000)))
            headers.append(("retry-after-ms", String(milliseconds)))
        }
        if let shouldRetry = error.shouldRetry {
            headers.append(("x-should-retry", shouldRetry ? "true" : "false"))
        }
        return headers
    }

    /// `{"error":{"message","type","param","code"}}`, all four always present.
    static func openAI(_ error: GatewayError) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field(
                "error",
                object: { writer in
                    writer.field("message", error.message)
                    writer.field("type", error.code.entry.type)
                    writer.field("param", error.param)
                    writer.field("code", error.code.rawValue)
                    for detail in error.details { writer.field(detail.name, detail.value) }
                }
            )
        }
    }

    /// An error in the middle of a stream, as the callers of that dialect know it.
    static func event(for error: GatewayError, in dialect: Dialect) -> [UInt8] {
        Array("data: ".utf8) + openAI(error) + Array("\n\ndata: [DONE]\n\n".utf8)
    }

    /// What the listener answers by itself: a broken, slow or oversized request.
    static func ownBody(code: String, message: String, path: String?, requestID: String) -> [UInt8] {
        guard path?.hasPrefix("/api/") == true else {
            return JSONWriter.object { writer in
                writer.field(
                    "error",
                    object: { writer in
                        writer.field("message", message)
                        writer.field("type", "invalid_request_error")
                        writer.field("param", String?.none)
                        writer.field("code", code)
                    }
                )
            }
        }
        return JSONWriter.object { writer in
            writer.field("success", false)
            writer.field("error", message)
            writer.field("code", code)
            writer.field("details", .object([]))
            writer.field("request_id", requestID)
        }
    }

    private static func native(_ error: GatewayError, requestID: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("success", false)
            writer.field("error", error.message)
            writer.field("code", error.code.rawValue)
            writer.field("details", .object(error.details))
            writer.field("request_id", requestID)
        }
    }
}
