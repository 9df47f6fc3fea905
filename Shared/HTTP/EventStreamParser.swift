/// Reads server-sent events (WHATWG HTML, section 9.2.6) from bytes cut anywhere.
///
/// Pure and bounded. LF, CRLF and CR end lines; a BOM at the start and comments are skipped; several `data` lines join
/// with LF; an event without data is dropped. Some providers break off a stream with plain JSON in the place of an
/// event: lines from one that begins with `{` or `[` outside an event are given as an event with ``Event/isRaw`` set.
public struct EventStreamParser: Sendable {
    /// One event.
    public struct Event: Sendable, Equatable {
        /// The `event` field, or nil when there was none.
        public var name: String?
        /// The last `id` seen on the stream, or nil.
        public var id: String?
        /// The data lines, joined with LF.
        public var data: [UInt8]
        /// Whether the bytes stood in the stream without `data:`.
        public var isRaw: Bool
    }

    /// The last `retry` field in milliseconds, or nil.
    public private(set) var retryMilliseconds: Int?
    private let limit: Int

    /// A parser at the start of a stream.
    ///
    /// - Parameter limit: bytes of one event, fields included.
    public init(limit: Int = 16 * 1024 * 1024) {
        self.limit = limit
    }

    /// Takes the next bytes and gives the events that they complete, in order.
    ///
    /// - Throws: `too_large` when one event passes the limit; the parser is of no more use then.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ body: (Event) -> Void) throws(HTTPError) {}

    /// Takes the next bytes and answers with the events that they complete.
    public mutating func feed(_ bytes: [UInt8]) throws(HTTPError) -> [Event] { [] }

    /// What stands unterminated at the end of the stream, or nil. Not an event by the standard; but some providers put
    /// their last words, or a JSON error, there.
    public mutating func finish() -> Event? { nil }
}
