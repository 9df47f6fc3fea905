import HTTP

/// What a dialect does with the events of its stream; the framing is ``EventStreamReader``'s.
public protocol EventDecoder: Sendable {
    /// The provider has said that the answer is complete.
    var isComplete: Bool { get }
    /// Takes one event; its name is nil where the stream has none. Throws the provider's error, or `malformed_response`.
    mutating func decode(name: String?, data: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError)
    /// Takes JSON that stands in the stream without `data:`, as some providers write errors.
    mutating func decode(raw: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError)
}

/// Reads a dialect whose streams are server-sent events.
public struct EventStreamReader<Decoder: EventDecoder>: ChatStreamReader {
    private var parser = EventStreamParser()
    private var decoder: Decoder

    /// A reader at the start of a stream.
    public init(_ decoder: Decoder) {
        self.decoder = decoder
    }

    /// Takes the next bytes.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        if let failure = Self.feed(bytes, &parser, &decoder, emit) { throw failure }
    }

    private static func feed(
        _ bytes: UnsafeRawBufferPointer,
        _ parser: inout EventStreamParser,
        _ decoder: inout Decoder,
        _ emit: (ChatEvent) -> Void
    ) -> ProviderError? {
        var failure: ProviderError?
        do throws(HTTPError) {
            try parser.feed(bytes) { event in
                guard failure == nil else { return }
                do throws(ProviderError) {
                    try take(event, &decoder, emit)
                } catch {
                    failure = error
                }
            }
        } catch {
            return failure ?? .malformed("holds an event that is too long")
        }
        return failure
    }

    /// The connection has ended.
    public mutating func end(_ emit: (ChatEvent) -> Void) throws(ProviderError) {
        if let last = parser.finish() { try Self.take(last, &decoder, emit) }
        guard decoder.isComplete else { throw .cutStream }
    }

    private static func take(
        _ event: EventStreamParser.Event,
        _ decoder: inout Decoder,
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        if event.isRaw {
            try decoder.decode(raw: event.data, emit)
        } else {
            try decoder.decode(name: event.name, data: event.data, emit)
        }
    }
}

extension ProviderError {
    /// A stream without its terminal marker.
    static let cutStream = ProviderError(
        .malformedResponse,
        "The provider's stream ended before the answer was complete."
    )

    /// An answer that is not what it must be; `what` goes on from "The provider's answer".
    static func malformed(_ what: String) -> ProviderError {
        ProviderError(.malformedResponse, "The provider's answer \(what).")
    }

    /// A request that this provider can't be given; `what` is a sentence.
    static func unsayable(_ what: String, param: String? = nil) -> ProviderError {
        ProviderError(.badRequest, what, param: param)
    }
}
