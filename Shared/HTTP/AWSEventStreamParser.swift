/// Reads AWS's event streams (`application/vnd.amazon.eventstream`) from bytes cut anywhere.
///
/// ```
/// u32 total length      of the whole message, this and both sums included
/// u32 headers' length
/// u32 CRC-32            of the eight bytes before
/// headers               each: u8 name's length, name, u8 type, value
/// payload               what is left
/// u32 CRC-32            of everything before
/// ```
/// Pure and bounded; numbers are big-endian. A length is believed only when its sum is right, so a flipped bit can't
/// make this wait for a gigabyte. Source: AWS's documentation and botocore's `eventstream.py`.
public struct AWSEventStreamParser: Sendable {
    /// A message, as long as the call that hands it over runs: its bytes are the parser's or the caller's.
    public struct Message {
        /// What a message says of itself in `:message-type`.
        public enum Kind: Sendable, Equatable {
            /// Part of the answer.
            case event
            /// A modelled error; the stream ends with it.
            case exception
            /// An unmodelled error; the stream ends with it.
            case error
        }

        /// Which kind; a message that says nothing is an event.
        public var kind = Kind.event
        /// `:event-type`, `:exception-type` or `:error-code`; empty when there was none.
        public var name = UnsafeRawBufferPointer(start: nil, count: 0)
        /// What it carries, mostly JSON.
        public var payload = UnsafeRawBufferPointer(start: nil, count: 0)

        /// Whether it has that name.
        public func isNamed(_ name: StaticString) -> Bool {
            Self.equal(self.name, name)
        }

        static func equal(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
            bytes.count == text.utf8CodeUnitCount
                && bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }
    }

    /// The bytes of headers in one message; AWS allows 128 KiB and uses about a hundred.
    public static let headerLimit = 128 << 10

    private static let preludeSize = 12
    private static let frameSize = 16

    private let limit: Int
    /// The beginning of a message whose end has not come.
    private var held: [UInt8] = []
    /// How many bytes that message has, once its prelude has come and is sound.
    private var due: Int?

    /// A parser at the start of a stream.
    ///
    /// - Parameter limit: bytes of one message; AWS allows 24 MiB.
    public init(limit: Int = 24 << 20) {
        self.limit = limit
    }

    /// Whether the stream may end here: no message has only begun.
    public var isBetweenMessages: Bool { held.isEmpty }

    /// Takes the next bytes and gives the messages that they complete, in order.
    ///
    /// - Throws: `malformed` for a wrong sum or a message that does not hold together, `too_large` past the limits; the
    ///   parser is of no more use then. Messages before it have been given.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ body: (Message) -> Void) throws(HTTPError) {
        var rest = bytes
        while rest.count > 0 {
            if held.isEmpty, rest.count >= Self.preludeSize {
                let size = try size(rest)
                if rest.count >= size {
                    try Self.read(UnsafeRawBufferPointer(rebasing: rest[..<size]), body)
                    rest = UnsafeRawBufferPointer(rebasing: rest[size...])
                    continue
                }
                due = size
            }
            try hold(&rest)
            if held.count == due { try release(body) }
        }
    }

    /// Takes what the held message still misses: its prelude first, which tells how much that is.
    private mutating func hold(_ rest: inout UnsafeRawBufferPointer) throws(HTTPError) {
        let missing = (due ?? Self.preludeSize) - held.count
        let taken = min(missing, rest.count)
        held.append(contentsOf: rest[..<taken])
        rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
        guard due == nil, held.count == Self.preludeSize else { return }
        let outcome = held.withUnsafeBytes { all in Result { () throws(HTTPError) in try size(all) } }
        due = try outcome.get()
    }

    private mutating func release(_ body: (Message) -> Void) throws(HTTPError) {
        let outcome = held.withUnsafeBytes { all in Result { () throws(HTTPError) in try Self.read(all, body) } }
        held.removeAll(keepingCapacity: held.count <= 64 << 10)
        due = nil
        try outcome.get()
    }

    /// The message's length by its prelude.
    private func size(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Int {
        let sum = CRC32.of(UnsafeRawBufferPointer(rebasing: bytes[..<8]))
        guard sum == Self.word(bytes, 8) else { throw Self.malformed("a message's prelude has a wrong checksum") }
        let total = Int(Self.word(bytes, 0))
        let headers = Int(Self.word(bytes, 4))
        guard total >= Self.frameSize, headers <= total - Self.frameSize else {
            throw Self.malformed("a message's lengths contradict each other")
        }
        guard total <= limit, headers <= Self.headerLimit else {
            throw HTTPError(.tooLarge, "A message of the event stream is too long.")
        }
        return total
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, _ body: (Message) -> Void) throws(HTTPError) {
        let end = bytes.count - 4
        guard CRC32.of(UnsafeRawBufferPointer(rebasing: bytes[..<end])) == word(bytes, end) else {
            throw malformed("a message has a wrong checksum")
        }
        let payload = preludeSize + Int(word(bytes, 4))
        var message = Message()
        message.payload = UnsafeRawBufferPointer(rebasing: bytes[payload..<end])
        var at = preludeSize
        while at < payload { at = try readHeader(bytes, from: at, to: payload, &message) }
        body(message)
    }

    /// Reads one header and says where the next one begins.
    private static func readHeader(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        to end: Int,
        _ message: inout Message
    ) throws(HTTPError) -> Int {
        let type = start + 1 + Int(bytes[start])
        guard type > start + 1, type < end else { throw malformed("a header is cut off") }
        let (value, size) = try extent(bytes, type: bytes[type], at: type + 1, to: end)
        guard value + size <= end else { throw malformed("a header's value is cut off") }
        if bytes[type] == 7 {
            let name = UnsafeRawBufferPointer(rebasing: bytes[start + 1..<type])
            note(name, UnsafeRawBufferPointer(rebasing: bytes[value..<value + size]), &message)
        }
        return value + size
    }

    /// Where a value lies that has that type, and how long it is.
    private static func extent(
        _ bytes: UnsafeRawBufferPointer,
        type: UInt8,
        at place: Int,
        to end: Int
    ) throws(HTTPError) -> (Int, Int) {
        switch type {
        case 0, 1: return (place, 0)
        case 2: return (place, 1)
        case 3: return (place, 2)
        case 4: return (place, 4)
        case 5, 8: return (place, 8)
        case 6, 7:
            guard place + 2 <= end else { throw malformed("a header's value is cut off") }
            return (place + 2, Int(bytes[place]) << 8 | Int(bytes[place + 1]))
        case 9: return (place, 16)
        default: throw malformed("a header has an unknown type")
        }
    }

    private static func note(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer,
        _ message: inout Message
    ) {
        guard name.count >= 11, name[0] == UInt8(ascii: ":") else { return }
        if Message.equal(name, ":message-type") {
            message.kind =
                Message.equal(value, "exception") ? .exception : Message.equal(value, "error") ? .error : .event
        } else if Message.equal(name, ":event-type") || Message.equal(name, ":exception-type")
            || Message.equal(name, ":error-code")
        {
            message.name = value
        }
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private static func malformed(_ what: String) -> HTTPError {
        HTTPError(.malformed, "The event stream is broken: \(what).")
    }
}
