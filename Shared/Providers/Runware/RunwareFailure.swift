import JSON

/// Makes a typed error of one of Runware's. It stands in `errors`, in `error`, or in an item of `data`, under a 200 as
/// well; its code decides before the status.
enum RunwareFailure {
    /// Classifies; `status` is nil for an error under a 200.
    static func classify(_ root: JSONValue?, status: Int?, header: HeaderLookup) -> ProviderError {
        let entry = root.flatMap(entry)
        let word = entry?["code"]?.string
        let code = word.flatMap(byCode) ?? ProviderError.Code(answeredWith: status ?? 500)
        let safe = word.flatMap(SafeText.name)
        let parameter = entry?["parameter"]
        let param = (parameter?.string ?? parameter?[0]?.string).flatMap(SafeText.name)
        var error = ProviderError(code, OpenAIFailure.sentence(code, safe, param: param), status: status)
        error.providerCode = safe
        error.param = param
        error.providerRequestID = (header("x-request-id") ?? entry?["taskUUID"]?.string ?? root?["taskUUID"]?.string)
            .flatMap(SafeText.requestID)
        if code != .quotaExceeded { error.retryAfter = RetryAfter.read(header, isRateLimit: code == .rateLimited) }
        return error
    }

    /// The error of an answer under a 200, if it holds one.
    static func found(in root: JSONValue) -> ProviderError? {
        entry(root) == nil ? nil : classify(root, status: nil, header: { _ in nil })
    }

    private static func entry(_ root: JSONValue) -> JSONValue? {
        if let first = root["errors"]?.array?.first { return first }
        if let error = root.optional("error") { return error }
        return root["data"]?.array?.prefix(64).lazy.compactMap { $0.optional("error") }.first
    }

    private static let rejected: Set<String> = [
        "contentpolicyviolation", "providercontentpolicyviolation", "sensitivecontentdetected", "unsafecontentdetected",
        "nsfwcontentdetected", "promptblocked", "imageblocked", "moderationfailed", "invalidprovidercontent",
    ]
    private static let auth: Set<String> = [
        "unauthorized", "forbidden", "authenticationfailed", "invalidauthentication", "tokenexpired", "tokeninvalid",
        "tokenmissing", "tokenrevoked",
    ]
    private static let down: Set<String> = [
        "internalservererror", "serviceunavailable", "standarderror", "unknownerror", "inferenceerror",
        "processingfailed", "taskfailed", "noavailableserver", "modelunavailable", "modelnotready",
    ]
    private static let wrong = [
        "invalid", "missing", "conflict", "duplicate", "unsupported", "value", "array", "max", "unknownparameter",
        "validationfailed",
    ]

    /// The order matters: `invalidApiKey` is about the key, `invalidProviderContent` about the content.
    private static func byCode(_ word: String) -> ProviderError.Code? {
        let word = word.lowercased()
        func contains(_ parts: String...) -> Bool { parts.contains { word.contains($0) } }
        if contains("credits", "quota", "balance") { return .quotaExceeded }
        if word == "paymentrequired" || word == "environmentpaused" { return .quotaExceeded }
        if contains("ratelimit") { return .rateLimited }
        if rejected.contains(word) { return .providerRejected }
        if contains("apikey") || auth.contains(word) || isShut(word) { return .authInvalid }
        if contains("timeout") { return .providerUnavailable }
        if word.hasSuffix("notfound") || word.hasSuffix("expired") { return .notFound }
        if ["taskcancelled", "taskfailedornotfound", "unknownmodel"].contains(word) { return .notFound }
        if down.contains(word) || word.hasPrefix("provider") { return .providerUnavailable }
        return wrong.contains(where: word.hasPrefix) ? .badRequest : nil
    }

    /// `accountSuspended`, `workspaceDisabled` and the like.
    private static func isShut(_ word: String) -> Bool {
        ["account", "organization", "workspace"].contains(where: word.hasPrefix)
            && (word.hasSuffix("suspended") || word.hasSuffix("disabled"))
    }
}
