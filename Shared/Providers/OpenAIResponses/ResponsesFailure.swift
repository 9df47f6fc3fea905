import JSON

/// Makes a typed error of one that stands inside an answer of OpenAI's responses, where no status tells its class.
enum ResponsesFailure {
    /// Of a response that failed (`error` inside), or of an event `error`, whose members may stand at its top.
    static func error(in root: JSONValue) -> ProviderError {
        let inner = root.optional("error")
        let error = inner?.object == nil ? root : inner ?? root
        let code = error["code"]?.string
        let payload = JSONWriter.object { writer in
            writer.field(
                "error",
                object: { writer in
                    writer.field("code", code)
                    writer.field("param", error["param"]?.string)
                    if inner?.object != nil { writer.optional("type", error["type"]?.string) }
                }
            )
        }
        var failure = OpenAIFailure.classify(status: status(of: code), header: { _ in nil }, body: payload)
        failure.status = nil
        return failure
    }

    /// The status that an answer of its own would have had: what isn't known to be OpenAI's fault is the request's.
    private static func status(of code: String?) -> Int {
        switch code {
        case nil, "server_error", "vector_store_timeout": 500
        case "rate_limit_exceeded": 429
        default: 400
        }
    }
}
