/// Makes the content type and body of an answer that the server gives by itself: 400, 408, 413, 414, 417, 431, 500,
/// 501, 503, 505. `path` is nil when the request could not be read that far; `code` is stable and lower-case.
public typealias ErrorBody =
    @NetLoop (_ path: String?, _ status: Int, _ code: String, _ message: String, _ requestID: String) -> (
        contentType: String, bytes: [UInt8]
    )

/// OpenAI's shape, `{"error":{"message","type","param","code"}}`, all four present.
@NetLoop
public func openAIErrorBody(
    path: String?,
    status: Int,
    code: String,
    message: String,
    requestID: String
) -> (contentType: String, bytes: [UInt8]) {
    let type = status < 500 ? "invalid_request_error" : "server_error"
    let text = #"{"error":{"message":"\#(message)","type":"\#(type)","param":null,"code":"\#(code)"}}"#
    return ("application/json", Array(text.utf8))
}
