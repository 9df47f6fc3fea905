import JSON

/// Makes a typed error of an AWS exception: an answer of its own, or a message in the middle of a stream.
enum BedrockFailure {
    /// An answer that is not a success. The exception's name stands in a header, else in the body.
    static func classify(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        let root = body.count <= 1 << 20 ? try? JSONValue(parsing: body) : nil
        let name = (header("x-amzn-errortype") ?? root?["__type"]?.string).map(bare)
        let code = code(name: name, message: message(root)) ?? byStatus(status)
        var error = ProviderError(code, sentence(code, name, message(root)), status: status)
        error.providerCode = name.flatMap(SafeText.name)
        error.providerRequestID = header("x-amzn-requestid").flatMap(SafeText.requestID)
        if code != .quotaExceeded { error.retryAfter = RetryAfter.read(header, isRateLimit: code == .rateLimited) }
        return error
    }

    /// An exception or error in a stream, or under a 200.
    static func classify(name: String?, payload: [UInt8]) -> ProviderError {
        let root = payload.count <= 1 << 20 ? try? JSONValue(parsing: payload) : nil
        let name = (name ?? root?["__type"]?.string).map(bare)
        let code = code(name: name, message: message(root)) ?? .providerUnavailable
        var error = ProviderError(code, sentence(code, name, message(root)))
        error.providerCode = name.flatMap(SafeText.name)
        return error
    }

    /// `com.amazon.coral.service#ValidationException:http://internal.amazon.com/…` without what stands around the name.
    private static func bare(_ name: String) -> String {
        let start = name.prefix { $0 != ":" }
        return String(start.split(separator: "#").last ?? start)
    }

    private static func message(_ root: JSONValue?) -> String {
        root?["message"]?.string ?? root?["Message"]?.string ?? ""
    }

    private static func code(name: String?, message: String) -> ProviderError.Code? {
        switch name?.lowercased() {
        case "accessdeniedexception": .permissionDenied
        case "unrecognizedclientexception", "invalidsignatureexception", "expiredtokenexception",
            "missingauthenticationtokenexception", "incompletesignatureexception", "incompletesignature",
            "missingauthenticationtoken", "invalidclienttokenid", "signaturedoesnotmatch", "expiredtoken":
            .authInvalid
        case "throttlingexception": message.contains("per day") ? .quotaExceeded : .rateLimited
        case "modelnotreadyexception", "toomanyrequestsexception": .rateLimited
        case "servicequotaexceededexception": .quotaExceeded
        case "validationexception": .badRequest
        case "resourcenotfoundexception", "unknownoperationexception": .notFound
        case "modeltimeoutexception", "modelerrorexception", "modelstreamerrorexception", "internalserverexception",
            "internalfailure", "serviceunavailableexception":
            .providerUnavailable
        default: nil
        }
    }

    private static func byStatus(_ status: Int) -> ProviderError.Code {
        switch status {
        case 401: .authInvalid
        case 402: .quotaExceeded
        case 403: .permissionDenied
        case 404: .notFound
        case 408: .timeout
        case 424: .providerUnavailable
        case 429: .rateLimited
        case 300...399: .configError
        case 400...499: .badRequest
        case 500...: .providerUnavailable
        default: .malformedResponse
        }
    }

    /// The most frequent mistake gets its remedy: newer models have no address of their own.
    private static func sentence(_ code: ProviderError.Code, _ name: String?, _ message: String) -> String {
        let detail = name.flatMap(SafeText.name).map { " (\($0))" } ?? ""
        guard message.contains("on-demand throughput") else { return code.sentence + detail + "." }
        return code.sentence + detail + ": this model needs an inference profile, such as its id with us. in front."
    }
}
