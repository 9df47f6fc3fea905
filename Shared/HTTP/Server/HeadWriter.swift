/// Writes a response's head into bytes.
@NetLoop
enum HeadWriter {
    /// How the end of the response's body is known.
    enum Framing {
        /// No body and no length: 1xx, 204, 304.
        case none
        case length(Int)
        case chunked
        /// The connection's end: HTTP/1.0 streams.
        case untilClose
    }

    private static var date = DateField()

    static func append(
        to bytes: inout [UInt8],
        status: Int,
        headers: [(String, String)],
        framing: Framing,
        requestID: String,
        closes: Bool
    ) {
        append(&bytes, status == 200 ? "HTTP/1.1 200 OK\r\n" : statusLine(status))
        bytes.append(contentsOf: date.current())
        for (name, value) in headers where !isFraming(name) { append(&bytes, name, value) }
        switch framing {
        case .none, .untilClose: break
        case .length(let length):
            append(&bytes, "content-length: ")
            appendDecimal(length, to: &bytes)
            append(&bytes, "\r\n")
        case .chunked: append(&bytes, "transfer-encoding: chunked\r\n")
        }
        append(&bytes, "x-request-id: ")
        append(&bytes, requestID)
        append(&bytes, "\r\nrequest-id: ")
        append(&bytes, requestID)
        append(&bytes, closes ? "\r\nconnection: close\r\n\r\n" : "\r\n\r\n")
    }

    static func appendDecimal(_ number: Int, to bytes: inout [UInt8]) {
        var unit = 1
        while number / unit >= 10 { unit *= 10 }
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / unit % 10))
            unit /= 10
        }
    }

    static func appendHex(_ number: Int, to bytes: inout [UInt8]) {
        var shift = (max(1, Int.bitWidth - number.leadingZeroBitCount) + 3) / 4 * 4
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: number >> shift & 15)
            bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// Literals as bytes without a string in between.
    @inline(__always)
    nonisolated static func append(_ bytes: inout [UInt8], _ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    @_disfavoredOverload
    nonisolated static func append(_ bytes: inout [UInt8], _ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// A field. A value's control characters become spaces: whoever wrote the value can't begin another field with it.
    private static func append(_ bytes: inout [UInt8], _ name: String, _ value: String) {
        append(&bytes, name)
        append(&bytes, ": ")
        let start = bytes.count
        append(&bytes, value)
        let end = bytes.count
        let isClean = bytes.withUnsafeBufferPointer { all in
            all.baseAddress.map { ByteScan.isFieldValue($0 + start, end - start) } ?? true
        }
        if !isClean {
            for position in start..<end where bytes[position] < 0x20 || bytes[position] == 0x7f {
                bytes[position] = 0x20
            }
        }
        append(&bytes, "\r\n")
    }

    /// Fields that are this server's own; a handler's, as copied from an upstream's response, give way.
    private static func isFraming(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: name.lowercased() == "date"
        case 10: ["connection", "keep-alive", "request-id"].contains(name.lowercased())
        case 12: name.lowercased() == "x-request-id"
        case 14: name.lowercased() == "content-length"
        case 17: name.lowercased() == "transfer-encoding"
        default: false
        }
    }

    private static func statusLine(_ status: Int) -> String {
        "HTTP/1.1 \(status) \(reasons[status] ?? "Status")\r\n"
    }

    private static let reasons: [Int: String] = [
        100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
        206: "Partial Content", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
        307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
        402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
        408: "Request Timeout", 409: "Conflict", 410: "Gone", 412: "Precondition Failed", 413: "Content Too Large",
        414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
        422: "Unprocessable Content", 424: "Failed Dependency", 425: "Too Early", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 499: "Client Closed Request", 500: "Internal Server Error",
        501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
        505: "HTTP Version Not Supported", 529: "Overloaded",
    ]
}
