import JSON

extension GeminiAdapter {
    /// Classifies an answer that is not a success.
    public func failure(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        GeminiFailure.classify(status: status, header: header, body: body)
    }

    /// The catalogue, as far as its models generate content.
    public func models(from body: [UInt8]) throws(ProviderError) -> [ModelInfo] {
        guard let list = (try? JSONValue(parsing: body))?["models"]?.array else {
            throw .malformed("holds no models")
        }
        return list.prefix(10_000).compactMap { entry in
            guard let name = entry["name"]?.string, name.utf8.count <= 256 else { return nil }
            let methods = entry.optional("supportedGenerationMethods")?.array
            guard methods?.contains("generateContent") ?? true else { return nil }
            let id = name.hasPrefix("models/") ? String(name.dropFirst(7)) : name
            return id.isEmpty ? nil : ModelInfo(id: id, owner: "google")
        }
    }

    /// nil when the answer proves the credentials.
    public func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError? {
        guard status == 200 else { return failure(status: status, header: header, body: body) }
        do throws(ProviderError) {
            _ = try models(from: body)
            return nil
        } catch {
            return error
        }
    }
}
