/// Puts a request's head together line by line. Positions count from the head's first byte.
struct HeadBuilder: Sendable {
    private var method = 0..<0
    private var target = 0..<0
    private var minorVersion = 1
    private var entries: [Fields.Entry] = []
    private var lineStart = 0
    private var emptyLines = 0
    private var hasRequestLine = false
    private var hosts = 0
    private var contentLength: Int?
    private var transferCodings = 0
    private var isChunked = false
    private var wantsClose = false
    private var expectsContinue = false
    private var requestIDs = 0
    private var requestIDField = 0
    private var traceparents = 0
    private var traceparentField = 0
    /// The path, once the request line is known.
    private(set) var path: String?
    private var query: String?

    /// What a head past its limit is refused with.
    var tooLarge: Refusal { hasRequestLine ? .headTooLarge : .targetTooLong }

    mutating func begin() {
        self = HeadBuilder()
    }

    /// Looks at the beginning of a first line, so that what is no HTTP at all, such as a TLS hello, is refused at once.
    func beginning(_ start: UnsafePointer<UInt8>, _ count: Int) throws(Refusal) {
        guard !hasRequestLine, lineStart < count else { return }
        let byte = start[lineStart]
        guard ByteScan.isToken(byte) || byte == 0x0d else { throw Self.badMethod }
    }

    private static let badMethod = Refusal.malformed("The request does not begin with a method.")

    /// Takes the line that ends with the LF at `end`; true when it was the empty one after the fields.
    mutating func line(_ start: UnsafePointer<UInt8>, _ end: Int, _ maxFields: Int) throws(Refusal) -> Bool {
        let first = lineStart
        lineStart = end + 1
        guard end > first, start[end - 1] == 0x0d else { throw .malformed("A line ends without CR LF.") }
        let last = end - 1
        if !hasRequestLine {
            if first == last {
                // RFC 9112 section 2.2: an empty line before the request line is skipped; more than two are no slip.
                emptyLines += 1
                guard emptyLines <= 2 else { throw Self.badMethod }
                return false
            }
            try requestLine(start, first, last)
            hasRequestLine = true
            return false
        }
        if first == last { return true }
        guard entries.count < maxFields else { throw .headTooLarge }
        if entries.isEmpty { entries.reserveCapacity(12) }
        let entry = try Self.field(start, first, last)
        entries.append(entry)
        try note(start, entry)
        return false
    }

    // MARK: Request line (RFC 9112 section 3)

    private mutating func requestLine(_ start: UnsafePointer<UInt8>, _ first: Int, _ last: Int) throws(Refusal) {
        let methodLength = ByteScan.tokenLength(start + first, min(last - first, 33))
        guard methodLength > 0, methodLength <= 32, first + methodLength < last,
            start[first + methodLength] == 0x20
        else { throw Self.badMethod }
        method = first..<first + methodLength
        // The shortest rest is a space, one byte of target, a space and eight bytes of version.
        let targetEnd = last - 9
        guard targetEnd > method.upperBound + 1, start[targetEnd] == 0x20,
            start[targetEnd + 1] == UInt8(ascii: "H"), start[targetEnd + 2] == UInt8(ascii: "T"),
            start[targetEnd + 3] == UInt8(ascii: "T"), start[targetEnd + 4] == UInt8(ascii: "P"),
            start[targetEnd + 5] == UInt8(ascii: "/"), start[targetEnd + 6] &- 0x30 < 10,
            start[targetEnd + 7] == UInt8(ascii: "."), start[targetEnd + 8] &- 0x30 < 10
        else { throw .malformed("The request line is not a method, a target and a version.") }
        guard start[targetEnd + 6] == UInt8(ascii: "1") else { throw .version }
        minorVersion = start[targetEnd + 8] == UInt8(ascii: "0") ? 0 : 1
        target = method.upperBound + 1..<targetEnd
        guard ByteScan.isVisible(start + target.lowerBound, target.count) else {
            throw .malformed("The request target holds a character that must be percent-encoded.")
        }
        try splitTarget(UnsafeBufferPointer(start: start + target.lowerBound, count: target.count), start)
    }

    private mutating func splitTarget(
        _ target: UnsafeBufferPointer<UInt8>,
        _ start: UnsafePointer<UInt8>
    ) throws(Refusal) {
        var rest = target[...]
        if rest.first == UInt8(ascii: "*"), rest.count == 1, method.count == 7,
            ByteScan.equals(start + method.lowerBound, 7, "options")
        {
            path = "*"
            return
        }
        if rest.first != UInt8(ascii: "/") {
            rest = try Self.afterAuthority(target)
        }
        guard !target.contains(UInt8(ascii: "#")) else { throw .malformed("A request target has no fragment.") }
        let end = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        let bytes = rest[..<end]
        path = bytes.isEmpty ? "/" : String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self)
        query =
            end < rest.endIndex
            ? String(decoding: UnsafeBufferPointer(rebasing: rest[(end + 1)...]), as: UTF8.self) : nil
    }

    /// What follows the authority of an absolute target; servers must take that form too (RFC 9112 section 3.2.2).
    private static func afterAuthority(_ target: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Slice<
        UnsafeBufferPointer<UInt8>
    > {
        guard let base = target.baseAddress else { throw .malformed("The request has no target.") }
        for scheme in ["http://", "https://"] as [StaticString]
        where target.count > scheme.utf8CodeUnitCount
            && ByteScan.equals(base, scheme.utf8CodeUnitCount, scheme)
        {
            let rest = target[scheme.utf8CodeUnitCount...]
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            guard end > rest.startIndex else { break }
            return rest[end...]
        }
        throw .malformed("The request target is neither a path nor an absolute URL.")
    }

    // MARK: Fields (RFC 9112 section 5)

    static func field(_ start: UnsafePointer<UInt8>, _ first: Int, _ last: Int) throws(Refusal) -> Fields.Entry {
        let nameLength = ByteScan.tokenLength(start + first, last - first)
        let colon = first + nameLength
        guard nameLength > 0, colon < last, start[colon] == UInt8(ascii: ":") else {
            throw .malformed("A header line is not a name, a colon and a value.")
        }
        var low = colon + 1
        var high = last
        while low < high, start[low] == 0x20 || start[low] == 0x09 { low += 1 }
        while high > low, start[high - 1] == 0x20 || start[high - 1] == 0x09 { high -= 1 }
        guard ByteScan.isFieldValue(start + low, high - low) else {
            throw .malformed("A header value holds a control character.")
        }
        return Fields.Entry(name: Int32(first)..<Int32(colon), value: Int32(low)..<Int32(high))
    }

    /// Marks what the fields say about the message itself.
    private mutating func note(_ start: UnsafePointer<UInt8>, _ entry: Fields.Entry) throws(Refusal) {
        let name = start + Int(entry.name.lowerBound)
        let value = UnsafeBufferPointer(start: start + Int(entry.value.lowerBound), count: entry.value.count)
        switch entry.name.count {
        case 4 where ByteScan.equals(name, 4, "host"):
            hosts += 1
            guard hosts == 1 else { throw .malformed("There is more than one Host.") }
            try Self.checkHost(value)
        case 6 where ByteScan.equals(name, 6, "expect"):
            guard let base = value.baseAddress, ByteScan.equals(base, value.count, "100-continue") else {
                throw .expectation
            }
            expectsContinue = true
        case 10 where ByteScan.equals(name, 10, "connection"):
            noteConnection(value)
        case 11 where ByteScan.equals(name, 11, "traceparent"):
            traceparents += 1
            traceparentField = entries.count - 1
        case 12 where ByteScan.equals(name, 12, "x-request-id"):
            requestIDs += 1
            requestIDField = entries.count - 1
        case 14 where ByteScan.equals(name, 14, "content-length"):
            guard contentLength == nil else { throw .malformed("There is more than one Content-Length.") }
            contentLength = try Self.number(value)
        case 17 where ByteScan.equals(name, 17, "transfer-encoding"):
            transferCodings += 1
            guard let base = value.baseAddress, transferCodings == 1, ByteScan.equals(base, value.count, "chunked")
            else { throw .coding }
            isChunked = true
        default:
            break
        }
    }

    private static func checkHost(_ value: UnsafeBufferPointer<UInt8>) throws(Refusal) {
        for byte in value {
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: ","),
                UInt8(ascii: "\\"), 0x00...0x20, 0x7f...:
                throw .malformed("The Host is not a host and a port.")
            default:
                break
            }
        }
    }

    private static func number(_ digits: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Int {
        guard !digits.isEmpty, digits.count <= 18 else { throw .malformed("The Content-Length is not a length.") }
        var result = 0
        for digit in digits {
            guard digit &- 0x30 < 10 else { throw .malformed("The Content-Length is not a length.") }
            result = result * 10 + Int(digit &- 0x30)
        }
        return result
    }

    private mutating func noteConnection(_ value: UnsafeBufferPointer<UInt8>) {
        for option in value.split(separator: UInt8(ascii: ",")) {
            let trimmed = option.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != 0x20 && $0 != 0x09 }
            let bytes = UnsafeBufferPointer(rebasing: trimmed)
            if let base = bytes.baseAddress, ByteScan.equals(base, bytes.count, "close") { wantsClose = true }
        }
    }

    // MARK: The end

    mutating func finish(_ start: UnsafePointer<UInt8>, _ count: Int, _ bodyLimit: Int) throws(Refusal) -> RequestHead {
        guard hosts == 1 || minorVersion == 0 else { throw .malformed("There is no Host.") }
        if isChunked {
            guard contentLength == nil else {
                throw .malformed("There is a Content-Length beside a Transfer-Encoding.")
            }
            guard minorVersion == 1 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding.") }
        }
        if let contentLength, contentLength > bodyLimit { throw .bodyTooLarge }
        let head = RequestHead(
            method: String(
                decoding: UnsafeBufferPointer(start: start + method.lowerBound, count: method.count),
                as: UTF8.self
            ),
            path: path ?? "/",
            query: query,
            minorVersion: minorVersion,
            fields: Fields(bytes: Array(UnsafeBufferPointer(start: start, count: count)), entries: entries),
            framing: isChunked ? .chunked : contentLength.map { $0 == 0 ? .none : .length($0) } ?? .none,
            keepsAlive: minorVersion == 1 && !wantsClose,
            expectsContinue: expectsContinue && minorVersion == 1,
            requestIDField: requestIDs == 1 ? requestIDField : nil,
            traceparentField: traceparents == 1 ? traceparentField : nil
        )
        entries = []
        return head
    }
}
