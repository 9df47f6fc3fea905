import Glibc

/// Reads HTTP/1.1 requests (RFC 9112) from a window of bytes that grows at the end.
///
/// Pure and resumable. The caller shows it all bytes that it has not consumed; each step consumes some, or asks for
/// more. It reads strictly, since two readers that differ are how requests are smuggled: lines end with CRLF alone, no
/// folding, no space before a colon, one Host, one Content-Length, and never a length beside a transfer coding. What
/// a request means does not depend on where the network cut it: each step decides on whole lines.
struct RequestParser: Sendable {
    enum Step: Sendable {
        /// Show more bytes.
        case more
        /// A request begins.
        case head(RequestHead)
        /// Bytes of its body, as a range of the window.
        case body(Range<Int>)
        /// The request is complete; the next step begins another.
        case end
        /// The connection is of no more use.
        case refused(Refusal)
    }

    private enum State: Sendable {
        case head
        case counted(Int)
        case chunkLine
        case chunk(Int)
        case chunkEnd
        case trailers
        case refused(Refusal)
    }

    let headerBytes: Int
    let headerFields: Int
    /// Bytes that the present body may have; set it lower while a request is read, and it holds from the next byte.
    var bodyLimit: Int

    private var state = State.head
    private var scanned = 0
    private var builder = HeadBuilder()
    private var bodyBytes = 0
    private var trailerBytes = 0

    /// Longest line before a chunk: its size and what extensions it has.
    private static let chunkLineBytes = 256

    init(headerBytes: Int, headerFields: Int, bodyLimit: Int) {
        self.headerBytes = headerBytes
        self.headerFields = headerFields
        self.bodyLimit = bodyLimit
    }

    /// The path of the request being read, once its first line is known.
    var path: String? { builder.path }

    /// Takes one step.
    ///
    /// - Parameters:
    ///   - window: bytes, of which those before `consumed` are done with.
    ///   - consumed: moved on past what this step took.
    mutating func next(_ window: UnsafeRawBufferPointer, _ consumed: inout Int) -> Step {
        do throws(Refusal) {
            while true {
                if let step = try step(window, &consumed) { return step }
            }
        } catch {
            state = .refused(error)
            return .refused(error)
        }
    }

    /// nil: the state changed, go on.
    private mutating func step(_ window: UnsafeRawBufferPointer, _ consumed: inout Int) throws(Refusal) -> Step? {
        switch state {
        case .head:
            return try head(window, &consumed)
        case .counted(0):
            return end()
        case .counted(let left):
            guard let range = take(left, window, &consumed) else { return .more }
            state = .counted(left - range.count)
            return .body(range)
        case .chunkLine:
            return try chunkLine(window, &consumed)
        case .chunk(0):
            state = .chunkEnd
            return nil
        case .chunk(let left):
            guard let range = take(left, window, &consumed) else { return .more }
            state = .chunk(left - range.count)
            return .body(range)
        case .chunkEnd:
            return try chunkEnd(window, &consumed)
        case .trailers:
            return try trailer(window, &consumed)
        case .refused(let refusal):
            throw refusal
        }
    }

    private mutating func end() -> Step {
        state = .head
        scanned = 0
        bodyBytes = 0
        trailerBytes = 0
        return .end
    }

    private func take(_ wanted: Int, _ window: UnsafeRawBufferPointer, _ consumed: inout Int) -> Range<Int>? {
        let start = consumed
        consumed += min(wanted, window.count - start)
        return start < consumed ? start..<consumed : nil
    }

    // MARK: Head

    private mutating func head(_ window: UnsafeRawBufferPointer, _ consumed: inout Int) throws(Refusal) -> Step? {
        let available = window.count - consumed
        guard available > 0, let base = window.baseAddress else { return .more }
        let start = (base + consumed).assumingMemoryBound(to: UInt8.self)
        if scanned == 0 { builder.begin() }
        while let found = memchr(start + scanned, 0x0a, available - scanned) {
            let lineEnd = UnsafeRawPointer(found) - UnsafeRawPointer(start)
            guard lineEnd < headerBytes else { throw builder.tooLarge }
            let isEnd = try builder.line(start, lineEnd, headerFields)
            scanned = lineEnd + 1
            guard isEnd else { continue }
            let head = try builder.finish(start, scanned, bodyLimit)
            consumed += scanned
            begin(head.framing)
            return .head(head)
        }
        scanned = available
        guard available <= headerBytes else { throw builder.tooLarge }
        try builder.beginning(start, available)
        return .more
    }

    private mutating func begin(_ framing: RequestHead.Framing) {
        switch framing {
        case .none: state = .counted(0)
        case .length(let length): state = .counted(length)
        case .chunked: state = .chunkLine
        }
    }

    // MARK: Chunks (RFC 9112 section 7.1)

    private mutating func chunkLine(_ window: UnsafeRawBufferPointer, _ consumed: inout Int) throws(Refusal) -> Step? {
        guard
            let line = try line(window, &consumed, Self.chunkLineBytes, .malformed("A chunk's size line is too long."))
        else { return .more }
        var size = 0
        var digits = 0
        for byte in line {
            guard let digit = hexDigit(byte) else { break }
            digits += 1
            guard digits <= 12 else { throw .malformed("A chunk's size has too many digits.") }
            size = size << 4 | Int(digit)
        }
        guard digits > 0 else { throw .malformed("A chunk has no size.") }
        try checkExtension(UnsafeRawBufferPointer(rebasing: line[(line.startIndex + digits)...]))
        bodyBytes += size
        guard bodyBytes <= bodyLimit else { throw .bodyTooLarge }
        state = size == 0 ? .trailers : .chunk(size)
        return nil
    }

    private func checkExtension(_ rest: UnsafeRawBufferPointer) throws(Refusal) {
        guard let start = rest.baseAddress?.assumingMemoryBound(to: UInt8.self), rest.count > 0 else { return }
        guard rest[0] == UInt8(ascii: ";"), ByteScan.isFieldValue(start, rest.count) else {
            throw .malformed("A chunk's size is not a hexadecimal number.")
        }
    }

    private mutating func chunkEnd(_ window: UnsafeRawBufferPointer, _ consumed: inout Int) throws(Refusal) -> Step? {
        let left = window.count - consumed
        if left > 0, window[consumed] != 0x0d { throw .malformed("A chunk is longer than its size.") }
        guard left > 1 else { return .more }
        guard window[consumed + 1] == 0x0a else { throw .malformed("A chunk is longer than its size.") }
        consumed += 2
        state = .chunkLine
        return nil
    }

    private mutating func trailer(_ window: UnsafeRawBufferPointer, _ consumed: inout Int) throws(Refusal) -> Step? {
        guard let line = try line(window, &consumed, headerBytes - trailerBytes, .headTooLarge) else { return .more }
        trailerBytes += line.count + 2
        guard let start = line.baseAddress?.assumingMemoryBound(to: UInt8.self), line.count > 0 else { return end() }
        _ = try HeadBuilder.field(start, 0, line.count)
        return nil
    }

    /// The next line without its CRLF, or nil when its end has not come yet.
    private func line(
        _ window: UnsafeRawBufferPointer,
        _ consumed: inout Int,
        _ limit: Int,
        _ tooLong: Refusal
    ) throws(Refusal) -> UnsafeRawBufferPointer? {
        let available = window.count - consumed
        guard available > 0, let base = window.baseAddress else { return nil }
        let start = base + consumed
        guard let found = memchr(start, 0x0a, min(available, limit + 1)) else {
            guard available <= limit else { throw tooLong }
            return nil
        }
        let length = UnsafeRawPointer(found) - start
        guard length > 0, start.load(fromByteOffset: length - 1, as: UInt8.self) == 0x0d else {
            throw .malformed("A line ends without CR LF.")
        }
        consumed += length + 1
        return UnsafeRawBufferPointer(start: start, count: length - 1)
    }
}
