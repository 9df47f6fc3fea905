/// Makes a typed error of xAI's, which come as OpenAI's object, as `{"code":"<sentence>","error":"<sentence>"}`, or as
/// `{"error":"<sentence>"}`. A wrong key is a 400 there, told by its sentence alone.
enum XAIFailure {
    /// Classifies; `status` is nil for an error under a 200 or in the middle of a stream.
    static func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        var failure = OpenAIFailure.classify(status: status, header: header, body: body)
        let parts = OpenAIFailure.Parts(body)
        let sentences = [parts.message, parts.code].compactMap { $0?.prefix(2_048).lowercased() }
        guard let code = bySentence(sentences, status) else { return failure }
        failure.code = code
        failure.message = OpenAIFailure.sentence(code, failure.providerCode, param: failure.param)
        failure.retryAfter = RetryAfter.read(header, isRateLimit: code == .rateLimited)
        if code == .quotaExceeded { failure.retryAfter = nil }
        return failure
    }

    private static func bySentence(_ sentences: [String], _ status: Int?) -> ProviderError.Code? {
        func says(_ words: String...) -> Bool { words.contains { word in sentences.contains { $0.contains(word) } } }
        guard status ?? 400 < 500 else { return nil }
        if status == 400 || status == nil, says("incorrect api key", "invalid api key", "no api key") {
            return .authInvalid
        }
        if says("content violates usage guidelines", "safety_check_type") { return .providerRejected }
        let isLimit = status.map { [402, 403, 429].contains($0) } ?? true
        if isLimit, says("used all available credits", "have any credits", "spending limit") { return .quotaExceeded }
        if status == nil, says("resource has been exhausted") { return .rateLimited }
        if status == nil, says("invalid argument", "not supported") { return .badRequest }
        return nil
    }
}
