import JSON

extension RunwareAdapter {
    /// Classifies an answer that is not a success.
    public func failure(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        let root = body.count <= 1 << 20 ? try? JSONValue(parsing: body) : nil
        return RunwareFailure.classify(root, status: status, header: header)
    }

    /// Models that are good to begin with, for credentials that are good; any other of the catalogue works as well.
    ///
    /// Source: the reference sheet runware.md (FLUX schnell, dev and 2 dev, SDXL).
    public func models(from body: [UInt8]) throws(ProviderError) -> [ModelInfo] {
        let root = try? JSONValue(parsing: body)
        guard let data = root?["data"]?.array, !data.isEmpty else {
            if let error = root.flatMap(RunwareFailure.found) { throw error }
            throw .malformed("holds no account")
        }
        return ["runware:100@1", "runware:101@1", "runware:400@1", "civitai:101055@128078"].map {
            ModelInfo(id: $0, owner: "runware")
        }
    }

    /// nil when the answer proves the credentials.
    public func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError? {
        guard status == 200 else { return failure(status: status, header: header, body: body) }
        do throws(ProviderError) {
            if let root = try? JSONValue(parsing: body), let error = RunwareFailure.found(in: root) { return error }
            _ = try models(from: body)
            return nil
        } catch {
            return error
        }
    }
}
