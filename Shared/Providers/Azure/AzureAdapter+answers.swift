import JSON

extension AzureAdapter {
    /// By OpenAI's table, whose codes are strings here also where they are numbers; the wait may stand in the
    /// sentence alone.
    func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        var error = OpenAIFailure.classify(status: status, header: header, body: body)
        if let id = header("apim-request-id").flatMap(SafeText.requestID) { error.providerRequestID = id }
        if error.code == .rateLimited, error.retryAfter == nil {
            error.retryAfter = OpenAIFailure.Parts(body).message.flatMap(RetryAfter.inSentence)
        }
        return error
    }

    /// nil when the answer proves key and resource. The list of models says nothing of the deployment; an unknown
    /// path means a wrong API version.
    public func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError? {
        guard status == 200 else {
            var error = failure(status: status, header: header, body: body)
            if error.code == .notFound {
                error.code = .configError
                error.param = "azure_api_version"
                error.message = OpenAIFailure.sentence(.configError, error.providerCode, param: error.param)
            }
            return error
        }
        do throws(ProviderError) {
            _ = try models(from: body)
            return nil
        } catch {
            return error
        }
    }

    /// One picture by the deployment's model. A deployment's name tells nothing of the model, so only what every
    /// deployable image model takes is sent: they are all of the kind that answers in base64.
    public func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest {
        var writer = JSONWriter(capacity: order.prompt.utf8.count + 256)
        writer.object { body in
            body.field("model", order.model)
            body.field("prompt", order.prompt)
            body.field("n", 1)
            body.optional("size", order.size)
            body.optional("quality", order.quality)
            body.optional("output_format", order.format.map { $0 == "jpg" ? "jpeg" : $0 })
        }
        return try request(config, "POST", "/images/generations", body: writer.bytes, accept: nil)
    }
}
