import Glibc
import Support

/// A client that asks for an event stream and reads when it is told to. Its connection holds little on the way: small
/// segments and a small window keep the kernel's part at some tens of kilobytes.
final class SlowReader {
    private let descriptor: Int32

    /// Sends the request and reads nothing.
    init(_ path: String, of cluster: some GatewayCalls) throws {
        let port = Int(cluster.url.split(separator: ":").last ?? "") ?? 0
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var window: Int32 = 2_048
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size))
        var segment: Int32 = 536
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_MAXSEG, &segment, socklen_t(MemoryLayout<Int32>.size))
        var address = Loopback.address(port: port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw NeverHappened(description: "no connection: errno \(errno)") }
        let request = "GET \(path) HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer \(cluster.key)\r\n\r\n"
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw NeverHappened(description: "the request can't be sent: errno \(errno)")
        }
    }

    deinit { close(descriptor) }

    /// Reads up to the connection's end; throws when that takes longer than ten seconds.
    func readToEnd() throws -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 10_000) == 1 else { throw NeverHappened(description: "the stream has no end") }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
        }
    }
}

/// Server-sent events as they came.
struct SeenEvents {
    /// The numbers of those that came whole, in their order.
    private(set) var numbers: [Int] = []
    private(set) var isDone = false

    /// - Parameter text: a body, perhaps with the lines of its chunked coding, and perhaps cut off in an event.
    init(_ text: String) {
        let flat = text.split(separator: "\r\n", omittingEmptySubsequences: true).joined()
        var parts = flat.split(separator: "\n\n", omittingEmptySubsequences: false)
        parts.removeLast()
        for part in parts {
            let lines = part.split(separator: "\n")
            if let line = lines.first(where: { $0.hasPrefix("id: ") }), let number = Int(line.dropFirst(4)) {
                numbers.append(number)
            }
            if lines.contains(where: { $0.hasSuffix("event: done") }) { isDone = true }
        }
    }
}
