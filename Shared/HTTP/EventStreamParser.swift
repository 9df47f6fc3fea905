import Glibc

/// Reads server-sent events (WHATWG HTML, section 9.2.6) from bytes cut anywhere.
///
/// Pure and bounded. LF, CRLF and CR end lines; a BOM at the start and comments are skipped; several `data` lines join
/// with LF; an event without data is dropped. Some providers break off a stream with plain JSON in the place of an
/// event: lines from one that begins with `{` or `[` between events, until its braces balance, are given as an event
/// with ``Event/isRaw`` set.
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
        public var isRaw = false
    }

    /// The last `retry` field in milliseconds, or nil.
    public private(set) var retryMilliseconds: Int?

    private let limit: Int
    /// The beginning of a line whose end has not come.
    private var line: [UInt8] = []
    private var skipsLineFeed = false
    private var isAtStart = true
    private var name: String?
    private var lastName: String?
    private var id: String?
    private var data: [UInt8] = []
    private var hasData = false
    private var raw = RawJSON()

    /// A parser at the start of a stream.
    ///
    /// - Parameter limit: bytes of one event.
    public init(limit: Int = 16 * 1024 * 1024) {
        self.limit = limit
    }

    /// Takes the next bytes and gives the events that they complete, in order.
    ///
    /// - Throws: `too_large` when one event passes the limit; the parser is of no more use then.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ body: (Event) -> Void) throws(HTTPError) {
        var position = 0
        while position < bytes.count, let base = bytes.baseAddress {
            if skipsLineFeed {
                skipsLineFeed = false
                if bytes[position] == 0x0a {
                    position += 1
                    continue
                }
            }
            guard let end = Self.lineEnd(base + position, bytes.count - position) else {
                line.append(contentsOf: bytes[position...])
                return try checkSize()
            }
            skipsLineFeed = bytes[position + end] == 0x0d
            let piece = UnsafeRawBufferPointer(start: base + position, count: end)
            position += end + 1
            try take(piece, body)
        }
    }

    /// Takes the next bytes and answers with the events that they complete.
    public mutating func feed(_ bytes: [UInt8]) throws(HTTPError) -> [Event] {
        var events: [Event] = []
        let outcome = bytes.withUnsafeBytes { all in
            Result { () throws(HTTPError) in try feed(all) { events.append($0) } }
        }
        try outcome.get()
        return events
    }

    /// What stands unterminated at the end of the stream, or nil. Not an event by the standard; but some providers put
    /// their last words, or a JSON error, there.
    public mutating func finish() -> Event? {
        var last: Event?
        if !line.isEmpty {
            let rest = line
            line = []
            rest.withUnsafeBytes { bytes in process(bytes) { last = $0 } }
        }
        if let last { return last }
        if raw.isOpen { return Event(name: nil, id: id, data: raw.take(), isRaw: true) }
        guard !data.isEmpty else { return nil }
        return takeEvent()
    }

    private static func lineEnd(_ start: UnsafeRawPointer, _ count: Int) -> Int? {
        let feed = memchr(start, 0x0a, count).map { UnsafeRawPointer($0) - start }
        let ending = memchr(start, 0x0d, feed ?? count).map { UnsafeRawPointer($0) - start }
        return ending ?? feed
    }

    private func checkSize() throws(HTTPError) {
        guard line.count + data.count + raw.count <= limit else {
            throw HTTPError(.tooLarge, "An event of the stream is larger than \(limit) bytes.")
        }
    }

    /// Takes a line's last piece.
    private mutating func take(_ piece: UnsafeRawBufferPointer, _ body: (Event) -> Void) throws(HTTPError) {
        if line.isEmpty {
            process(piece, body)
        } else {
            line.append(contentsOf: piece)
            var whole: [UInt8] = []
            swap(&whole, &line)
            whole.withUnsafeBytes { process($0, body) }
            whole.removeAll(keepingCapacity: whole.capacity <= 4_096)
            swap(&whole, &line)
        }
        try checkSize()
    }

    private mutating func process(_ whole: UnsafeRawBufferPointer, _ body: (Event) -> Void) {
        var line = whole[...]
        if isAtStart {
            isAtStart = false
            if line.starts(with: [0xef, 0xbb, 0xbf]) { line = line.dropFirst(3) }
        }
        if raw.isOpen || (name == nil && !hasData && RawJSON.begins(line)) {
            if raw.takes(line) {
                if raw.isBalanced { body(Event(name: nil, id: id, data: raw.take(), isRaw: true)) }
                return
            }
            body(Event(name: nil, id: id, data: raw.take(), isRaw: true))
        }
        guard let first = line.first else { return dispatch(body) }
        guard first != UInt8(ascii: ":") else { return }
        field(line)
    }

    private mutating func dispatch(_ body: (Event) -> Void) {
        guard !data.isEmpty else {
            name = nil
            hasData = false
            return
        }
        body(takeEvent())
    }

    private mutating func takeEvent() -> Event {
        let event = Event(name: name, id: id, data: data)
        name = nil
        data = []
        hasData = false
        return event
    }

    private mutating func field(_ line: Slice<UnsafeRawBufferPointer>) {
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == 0x20 { value = value.dropFirst() }
        switch colon - line.startIndex {
        case 4 where line.starts(with: "data".utf8):
            if hasData { data.append(0x0a) }
            hasData = true
            data.append(contentsOf: value)
        case 5 where line.starts(with: "event".utf8):
            name = text(value)
        case 2 where line.starts(with: "id".utf8):
            if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        case 5 where line.starts(with: "retry".utf8):
            if !value.isEmpty, value.count < 10, value.allSatisfy({ $0 &- 0x30 < 10 }) {
                retryMilliseconds = value.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
            }
        default:
            break
        }
    }

    /// The name's string; the one before is used again when it is the same, as it nearly always is.
    private mutating func text(_ value: Slice<UnsafeRawBufferPointer>) -> String? {
        guard !value.isEmpty else { return nil }
        if let lastName, lastName.utf8.elementsEqual(value) { return lastName }
        lastName = String(decoding: value, as: UTF8.self)
        return lastName
    }
}

/// Lines of JSON that stand between events, until their braces balance.
private struct RawJSON: Sendable {
    private var bytes: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    var isOpen: Bool { !bytes.isEmpty }
    var isBalanced: Bool { depth <= 0 }
    var count: Int { bytes.count }

    static func begins(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        line.first == UInt8(ascii: "{") || line.first == UInt8(ascii: "[")
    }

    /// Adds a line; false when it is a field of an event, and the JSON was broken off.
    mutating func takes(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        if isOpen {
            guard !line.starts(with: "data:".utf8), !line.starts(with: "event:".utf8) else { return false }
            bytes.append(0x0a)
        }
        bytes.append(contentsOf: line)
        for byte in line { count(byte) }
        return true
    }

    private mutating func count(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if isInString {
            if byte == UInt8(ascii: "\\") { isEscaped = true } else if byte == UInt8(ascii: "\"") { isInString = false }
        } else {
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
    }

    mutating func take() -> [UInt8] {
        defer { self = RawJSON() }
        return bytes
    }
}
