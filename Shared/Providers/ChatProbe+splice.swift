extension ChatProbe {
    /// Reads a request.
    public init(_ body: [UInt8]) throws(Problem) {
        throw Problem(code: .notJSON, message: "not yet", param: nil)
    }

    /// The request for the provider: the model replaced, and for a stream `stream_options.include_usage` set, so that
    /// the usage is always known; nothing else touched, one copy.
    public func spliced(model: String) -> [UInt8] { body }
}
