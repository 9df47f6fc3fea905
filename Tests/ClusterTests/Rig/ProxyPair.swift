import Glibc

/// A client's connection to a ``Proxy`` and the one to the server that belongs to it. Lives on the proxy's thread.
final class ProxyPair {
    private let client: Int32
    private let server: Int32
    private var waiting: [Proxy.Way: [UInt8]] = [.toServer: [], .toClient: []]
    private var ended: Set<Proxy.Way> = []
    private var moved: [Proxy.Way: Int] = [:]

    /// How much of one way lies here at most; past it the sender's kernel keeps the rest.
    private static let mostWaiting = 65_536

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
        for descriptor in [client, server] {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// What poll(2) is to wait for: the client's entry, then the server's.
    func interests(held: Set<Proxy.Way>) -> [pollfd] {
        [
            entry(client, reads: .toServer, writes: .toClient, held),
            entry(server, reads: .toClient, writes: .toServer, held),
        ]
    }

    /// An entry that waits for nothing names no descriptor: poll(2) would tell of a hang-up unasked, for ever.
    private func entry(_ descriptor: Int32, reads: Proxy.Way, writes: Proxy.Way, _ held: Set<Proxy.Way>) -> pollfd {
        var events: Int16 = 0
        if !held.contains(reads), !ended.contains(reads), hasRoom(reads) { events |= Int16(POLLIN) }
        if !held.contains(writes), waiting[writes]?.isEmpty == false { events |= Int16(POLLOUT) }
        return pollfd(fd: events == 0 ? -1 : descriptor, events: events, revents: 0)
    }

    private func hasRoom(_ way: Proxy.Way) -> Bool { (waiting[way]?.count ?? 0) < Self.mostWaiting }

    /// Moves what can be moved; false when the connection is over and all of it delivered.
    func move(held: Set<Proxy.Way>) -> Bool {
        for way in Proxy.Way.allCases where !held.contains(way) {
            let (from, to) = way == .toServer ? (client, server) : (server, client)
            guard read(way, from), write(way, to) else { return false }
        }
        return !Proxy.Way.allCases.contains { ended.contains($0) && waiting[$0]?.isEmpty == true }
    }

    private func read(_ way: Proxy.Way, _ descriptor: Int32) -> Bool {
        guard !ended.contains(way), hasRoom(way) else { return true }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            waiting[way, default: []] += buffer[..<count]
        } else if count == 0 {
            ended.insert(way)
        } else if errno != EAGAIN && errno != EINTR {
            return false
        }
        return true
    }

    private func write(_ way: Proxy.Way, _ descriptor: Int32) -> Bool {
        guard var bytes = waiting[way], !bytes.isEmpty else { return true }
        let count = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        if count > 0 {
            bytes.removeFirst(count)
            waiting[way] = bytes
            moved[way, default: 0] += count
            return true
        }
        return errno == EAGAIN || errno == EINTR
    }

    /// The bytes that went that way since this was last asked.
    func takeMoved(_ way: Proxy.Way) -> Int { moved.removeValue(forKey: way) ?? 0 }

    func end(withReset reset: Bool) {
        Self.close(client, withReset: reset)
        Self.close(server, withReset: reset)
    }

    /// A socket that lingers for no time at all is closed by a RST.
    static func close(_ descriptor: Int32, withReset reset: Bool) {
        if reset {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        Glibc.close(descriptor)
    }
}

/// 127.0.0.1.
enum Loopback {
    static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    /// A connection to a port, or nil when nobody listens there.
    static func connect(port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = address(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if connected { return descriptor }
        close(descriptor)
        return nil
    }
}
