import Foundation
import HTTP
import Loop

/// A response as it came over the socket.
struct RawResponse: Sendable {
    var status: Int
    var headers: Fields
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// What went wrong with the test's own socket.
struct RawError: Error {
    let message: String
}

/// A blocking socket with a time limit on each call: all that a test of a server needs, and no more cleverness.
final class RawClient {
    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw RawError(message: "socket: \(errno)") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw RawError(message: "connect: \(errno)") }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(
                    descriptor,
                    $0.baseAddress.map { $0 + sent },
                    bytes.count - sent,
                    0x4000
                )
            }
            guard count > 0 else { throw RawError(message: "send: \(errno)") }
            sent += count
        }
    }

    /// Reads once; false at the end of the stream.
    func fill() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &piece, piece.count, 0)
        if count < 0 {
            if errno == ECONNRESET { return false }
            throw RawError(message: "recv: \(errno)")
        }
        buffer += piece[..<count]
        return count > 0
    }

    /// Bytes up to and with `mark`.
    func read(through mark: String) throws -> [UInt8] {
        let wanted = Data(mark.utf8)
        while true {
            if let range = Data(buffer).range(of: wanted) {
                let found = Array(buffer[..<range.upperBound])
                buffer.removeFirst(range.upperBound)
                return found
            }
            guard try fill() else { throw RawError(message: "closed before \(mark)") }
        }
    }

    func read(count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw RawError(message: "closed after \(buffer.count) of \(count) bytes") }
        }
        let found = Array(buffer[..<count])
        buffer.removeFirst(count)
        return found
    }

    /// Everything until the server closes.
    func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { buffer = [] }
        return buffer
    }

    func readHead() throws -> RawResponse {
        let text = String(decoding: try read(through: "\r\n\r\n"), as: UTF8.self)
        let lines = text.components(separatedBy: "\r\n").filter { !$0.isEmpty }
        guard let status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "") else {
            throw RawError(message: "no status line: \(text)")
        }
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            )
        }
        return RawResponse(status: status, headers: Fields(fields), body: [])
    }

    func readResponse(toHead: Bool = false) throws -> RawResponse {
        var response = try readHead()
        if toHead || response.status == 204 || response.status == 304 { return response }
        if response.headers["transfer-encoding"] == "chunked" {
            while let chunk = try readChunk() { response.body += chunk }
        } else if let length = response.headers["content-length"].flatMap({ Int($0) }) {
            response.body = try read(count: length)
        } else {
            response.body = try readToEnd()
        }
        return response
    }

    /// The next chunk, or nil at the last.
    func readChunk() throws -> [UInt8]? {
        let line = String(decoding: try read(through: "\r\n").dropLast(2), as: UTF8.self)
        guard let size = Int(line, radix: 16) else { throw RawError(message: "no chunk size: \(line)") }
        let bytes = try read(count: size)
        _ = try read(count: 2)
        return size == 0 ? nil : bytes
    }

    /// Closes so that the peer sees a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Foundation.linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Ends both directions, as closing does.
    func leave() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
