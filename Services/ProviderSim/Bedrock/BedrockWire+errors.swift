import JSON

extension BedrockWire {
    /// An exception: its name in a header, its sentence in the body. AWS gives no time to wait.
    static func error(_ status: Int, _ exception: String, _ message: String) -> Reply {
        var reply = Reply(status, json: JSONWriter.object { $0.field("message", message) })
        reply.headers.append(("x-amzn-errortype", exception + ":http://internal.amazon.com/coral/com.amazon.bedrock/"))
        return reply
    }

    static func reply(to refusal: BedrockRefusal) -> Reply { error(400, "ValidationException", refusal.message) }

    /// A failure as AWS puts it.
    static func reply(to failure: Failure) -> Reply {
        switch failure {
        case .invalidKey:
            error(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        case .forbidden:
            error(403, "AccessDeniedException", "You don't have access to the model with the specified model ID.")
        case .modelNotFound:
            error(404, "ResourceNotFoundException", "Could not resolve the foundation model from the model identifier.")
        case .rateLimited:
            error(429, "ThrottlingException", "Too many requests, please wait before trying again.")
        case .quota:
            error(400, "ServiceQuotaExceededException", "Your request exceeds the service quota for your account.")
        case .moderated:
            error(400, "ValidationException", "The request was blocked by a content filter.")
        case .server:
            error(500, "InternalServerException", "The system encountered an unexpected error during processing.")
        case .overloaded:
            error(503, "ServiceUnavailableException", "Bedrock is unable to process your request.")
        case .timeout:
            error(408, "ModelTimeoutException", "Model has timed out in processing the request.")
        case .invalid(let message, _, _):
            error(400, "ValidationException", message)
        }
    }
}
