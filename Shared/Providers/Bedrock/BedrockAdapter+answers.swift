import JSON

extension BedrockAdapter {
    /// Classifies an answer that is not a success.
    public func failure(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        BedrockFailure.classify(status: status, header: header, body: body)
    }

    /// The catalogue: what can be called on demand or by an inference profile.
    public func models(from body: [UInt8]) throws(ProviderError) -> [ModelInfo] {
        guard let list = (try? JSONValue(parsing: body))?["modelSummaries"]?.array else {
            throw .malformed("holds no models")
        }
        return list.prefix(10_000).compactMap { entry in
            guard let id = entry["modelId"]?.string, !id.isEmpty, id.utf8.count <= 256 else { return nil }
            if let ways = entry["inferenceTypesSupported"]?.array?.compactMap(\.string), !ways.isEmpty,
                ways.allSatisfy({ $0 == "PROVISIONED" })
            {
                return nil
            }
            let end = entry["modelLifecycle"]?["endOfLifeTime"]?.string
            return ModelInfo(
                id: id,
                owner: entry["providerName"]?.string,
                shutdownDate: end.flatMap { $0.utf8.count >= 10 ? String($0.prefix(10)) : nil }
            )
        }
    }

    /// nil when the answer proves the credentials. So does a refusal of this one call: AWS says that only to a caller
    /// whose signature it has verified, and many may use models without listing them.
    public func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError? {
        guard status == 200 else {
            let error = failure(status: status, header: header, body: body)
            return error.providerCode == "AccessDeniedException" ? nil : error
        }
        do throws(ProviderError) {
            _ = try models(from: body)
            return nil
        } catch {
            return error
        }
    }

    /// The pictures.
    public func images(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        try BedrockImages.result(from: body)
    }
}
