/// An answer of server-sent events (WHATWG HTML, section 9.2).
@NetLoop
public final class EventStream {
    /// The bytes below, for back-pressure: ``ResponseStream/isAboveMark`` and ``ResponseStream/onDrain``.
    public let stream: ResponseStream

    init(_ stream: ResponseStream, keepAlive: Duration?) {
        self.stream = stream
    }

    /// Writes one event. Line ends inside the data become further `data:` lines.
    public func event(name: String? = nil, id: String? = nil, data: [UInt8]) {}

    /// Writes one event of text.
    public func event(name: String? = nil, id: String? = nil, data: String) {}

    /// Writes one event, then waits while unsent output is above the mark.
    public func send(name: String? = nil, id: String? = nil, data: [UInt8]) async throws(HTTPError) {}

    /// Writes a comment line, which clients ignore.
    public func comment(_ text: String) {}

    /// Writes bytes that are whole events already.
    public func raw(_ bytes: UnsafeRawBufferPointer) {}

    /// Ends the stream.
    public func finish() {}
}
