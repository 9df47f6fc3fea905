/// Google's `generateContent`.
public struct GeminiCodec: ChatCodec {
    /// ``Dialect/geminiGenerate``.
    public let dialect = Dialect.geminiGenerate

    /// The codec.
    public init() {}

    /// A blocking answer: a stream's chunk that has everything.
    public func result(from body: [UInt8]) throws(ProviderError) -> ChatResult {
        var decoder = GeminiChunkDecoder()
        var collector = ChatCollector()
        try decoder.decode(name: nil, data: body) { collector.take($0) }
        guard decoder.hasCandidate else { throw .malformed("holds no candidate") }
        return collector.answer
    }

    /// A reader for one streamed answer.
    public func streamReader() -> any ChatStreamReader { EventStreamReader(GeminiChunkDecoder()) }
}
