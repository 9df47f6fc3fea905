import HTTP
import JSON
import Loop
import Providers

/// Writes an error in the shape that the caller's SDK knows: Anthropic's on `/v1/messages`, OpenAI's on the rest of
/// `/v1/*`, Martlet's own on `/api/*`.
enum ErrorAnswer {
    static func body(for error: GatewayError, path: String, requestID: String) -> [UInt8] {
        switch shape(of: path) {
        case .native: native(error, requestID: requestID)
        case .anthropic: anthropic(error, requestID: requestID)
        case .openAI: openAI(error)
        }
    }

    /// Whose errors a path's callers expect.
    private enum Shape {
        case native, anthropic, openAI
    }

    /// The routes under `/v1` work without it too.
    private static func shape(of path: String) -> Shape {
        if path.hasPrefix("/api/") { return .native }
        let rest = path.hasPrefix("/v1/") ? path.dropFirst(3) : path[...]
        return rest == "/messages" || rest.hasPrefix("/messages/") ? .anthropic : .openAI
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
    static func event(for error: GatewayError, in dialect: Dialect, requestID: String) -> [UInt8] {
        if dialect == .anthropicMessages {
            let body = anthropic(error, requestID: requestID)
            return Array("event: error\ndata: ".utf8) + body + Array("\n\n".utf8)
        }
        return Array("data: ".utf8) + openAI(error) + Array("\n\ndata: [DONE]\n\n".utf8)
    }

    /// What the listener answers by itself: a broken, slow or oversized request.
    static func ownBody(status: Int, code: String, message: String, path: String?, requestID: String) -> [UInt8] {
        switch shape(of: path ?? "") {
        case .anthropic:
            let details = [JSONField("error_code", .string(code))]
            return anthropic(anthropicType(status), message, details: details, requestID: requestID)
        case .openAI:
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
        case .native:
            return JSONWriter.object { writer in
                writer.field("success", false)
                writer.field("error", message)
                writer.field("code", code)
                writer.field("details", .object([]))
                writer.field("request_id", requestID)
            }
        }
    }

    /// `{"success":false,"error","code","details":{"param",…},"request_id"}`.
    static func native(_ error: GatewayError, requestID: String) -> [UInt8] {
        let param = error.param.map { [JSONField("param", .string($0))] } ?? []
        return JSONWriter.object { writer in
            writer.field("success", false)
            writer.field("error", error.message)
            writer.field("code", error.code.rawValue)
            writer.field("details", .object(param + error.details))
            writer.field("request_id", requestID)
        }
    }
}
