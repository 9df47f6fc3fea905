import Glibc

/// Makes the socket that a ``Listener`` accepts from.
enum ListeningSocket {
    /// A socket that listens on `host:port`, does not block, and whose connections inherit TCP_NODELAY.
    static func bind(_ address: String, backlog: Int32) throws(HTTPError) -> CInt {
        guard let parsed = parse(address) else {
            throw HTTPError(.listenFailed, "\(address) is not an address and a port")
        }
        let family = parsed.v4 == nil ? AF_INET6 : AF_INET
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw HTTPError(.listenFailed, "no socket", number: Int(errno)) }
        var one: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
        let bound = parsed.withRaw { Glibc.bind(descriptor, $0, $1) == 0 }
        guard bound, listen(descriptor, backlog) == 0 else {
            let number = Int(errno)
            close(descriptor)
            throw HTTPError(.listenFailed, "can't listen on \(address)", number: number)
        }
        return descriptor
    }

    /// The port that a socket is bound to.
    static func port(of descriptor: CInt) -> Int {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                getsockname(descriptor, raw, &size) == 0 ? SocketAddress(raw).map { Int($0.port) } ?? 0 : 0
            }
        }
    }

    static func parse(_ address: String) -> SocketAddress? {
        guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
            return nil
        }
        var host = address[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        switch host {
        case "localhost": return SocketAddress(numeric: "127.0.0.1", port: port)
        case "", "*": return SocketAddress(numeric: "0.0.0.0", port: port)
        default: return SocketAddress(numeric: String(host), port: port)
        }
    }
}

extension SocketAddress {
    /// Lends the address in the kernel's form.
    func withRaw<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        if let v4 {
            var raw = sockaddr_in()
            raw.sin_family = sa_family_t(AF_INET)
            raw.sin_port = port.bigEndian
            raw.sin_addr.s_addr = v4.bigEndian
            return withUnsafePointer(to: &raw) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var raw = sockaddr_in6()
        raw.sin6_family = sa_family_t(AF_INET6)
        raw.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &raw.sin6_addr) { bytes in
            bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return withUnsafePointer(to: &raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
