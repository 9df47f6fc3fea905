/// Follows the responses on one kept-alive connection closely enough to know where each ends and how many events of a
/// stream it held. Pure, resumable at every byte, and cheap: the generator shares the machine with what it measures.
struct ResponseMeter {
    /// What a response was.
    struct Response: Equatable {
        var status = 0
        var bodyBytes = 0
        /// Server-sent events, counted by the empty lines that end them.
        var events = 0
    }

    /// A response that can't be followed; the connection is of no more use.
    struct Malformed: Error, Equatable {}

    private enum State: Equatable {
        case head
        case body(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
    }

    private var state = State.head
    private var line: [UInt8] = []
    private var response = Response()
    private var contentLength: Int?
    private var isChunked = false
    private var endsWithNewline = false

    private static let longestLine = 16_384

    /// Whether the first byte of a response has come and its last one hasn't.
    var isInside: Bool { state != .head || !line.isEmpty || response.status != 0 }

    /// Takes the next bytes; calls back for each response that they complete.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ completed: (Response) -> Void) throws(Malformed) {
        var position = 0
        while position < bytes.count {
            switch state {
            case .body(let remaining):
                let count = min(remaining, bytes.count - position)
                take(UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
                position += count
                state = .body(remaining: remaining - count)
                if remaining == count { finish(completed) }
            case .chunkData(let remaining):
                let count = min(remaining, bytes.count - position)
                take(UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
                position += count
                state = remaining == count ? .chunkEnd : .chunkData(remaining: remaining - count)
            case .head, .chunkSize, .chunkEnd, .trailers:
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\n") {
                    try lineEnded(completed)
                } else if byte != UInt8(ascii: "\r") {
                    guard line.count < Self.longestLine else { throw Malformed() }
                    line.append(byte)
                }
            }
        }
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        response.bodyBytes += bytes.count
        for byte in bytes where byte != UInt8(ascii: "\r") {
            let isNewline = byte == UInt8(ascii: "\n")
            if isNewline && endsWithNewline { response.events += 1 }
            endsWithNewline = isNewline && !endsWithNewline
        }
    }

    private mutating func lineEnded(_ completed: (Response) -> Void) throws(Malformed) {
        defer { line.removeAll(keepingCapacity: true) }
        switch state {
        case .head where response.status == 0: try statusLine()
        case .head where line.isEmpty: try headEnded(completed)
        case .head: try field()
        case .chunkSize:
            let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
                throw Malformed()
            }
            state = size == 0 ? .trailers : .chunkData(remaining: size)
        case .chunkEnd:
            guard line.isEmpty else { throw Malformed() }
            state = .chunkSize
        case .trailers: if line.isEmpty { finish(completed) }
        case .body, .chunkData: throw Malformed()
        }
    }

    private mutating func statusLine() throws(Malformed) {
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { throw Malformed() }
        response.status = status
    }

    private mutating func field() throws(Malformed) {
        // Only two names matter, and both begin with c or t.
        guard let first = line.first.map({ $0 | 0x20 }), first == UInt8(ascii: "c") || first == UInt8(ascii: "t") else {
            return
        }
        let parts = String(decoding: line, as: UTF8.self).lowercased().split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { throw Malformed() }
        let value = parts[1].filter { $0 != " " }
        if parts[0] == "content-length" {
            guard let length = Int(value), length >= 0 else { throw Malformed() }
            contentLength = length
        } else if parts[0] == "transfer-encoding" {
            isChunked = value == "chunked"
        }
    }

    private mutating func headEnded(_ completed: (Response) -> Void) throws(Malformed) {
        if isChunked {
            state = .chunkSize
        } else if let contentLength {
            state = .body(remaining: contentLength)
            if contentLength == 0 { finish(completed) }
        } else {
            throw Malformed()
        }
    }

    private mutating func finish(_ completed: (Response) -> Void) {
        completed(response)
        response = Response()
        contentLength = nil
        isChunked = false
        endsWithNewline = false
        state = .head
    }
}
