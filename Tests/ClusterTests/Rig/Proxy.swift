import Glibc
import Support
import Synchronization

/// Stands between a service and the port that it was told, and does to their bytes what a network may do.
///
/// One thread moves the bytes; the test's calls take effect before its next poll(2).
final class Proxy: Sendable {
    /// Which way bytes go.
    enum Way: CaseIterable, Sendable { case toServer, toClient }

    struct State {
        var held: Set<Way> = []
        var refuses = false
        var resetsWanted = 0
        var isClosed = false
        var connections = 0
        var moved: [Way: Int] = [:]
    }

    /// Where clients are to connect to, on the loopback.
    let port: Int
    fileprivate let target: Int
    fileprivate let listener: Int32
    fileprivate let bell: (read: Int32, write: Int32)
    fileprivate let state = Mutex(State())

    /// Passes everything on to that port of the loopback until it is told otherwise.
    init(to target: Int) throws {
        self.target = target
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = Loopback.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let listens = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, raw, &length) == 0
            }
        }
        var ends: [Int32] = [-1, -1]
        guard listens, pipe(&ends) == 0 else {
            throw NeverHappened(description: "no proxy: errno \(errno)")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        bell = (ends[0], ends[1])
        var thread = pthread_t()
        let course = Unmanaged.passRetained(ProxyCourse(self)).toOpaque()
        pthread_create(&thread, nil, runProxy, course)
        pthread_detach(thread)
    }

    /// Ends its thread and every connection.
    func close() { change { $0.isClosed = true } }

    // MARK: What a network does

    /// Bytes that go these ways stay where they are and no end is told of it: a cut cable, or with one way a
    /// half-open connection. Connections that come meanwhile are taken, and stay as silent.
    func hold(_ ways: Way...) { change { $0.held = Set(ways) } }

    /// A cut in both directions.
    func cut() { change { $0.held = Set(Way.allCases) } }

    /// Passes everything on again, also what was held.
    func heal() {
        change {
            $0.held = []
            $0.refuses = false
        }
    }

    /// Ends every connection that there is with a RST, at both ends.
    func reset() { change { $0.resetsWanted += 1 } }

    /// As ``reset()``, and does the same to whoever comes until ``heal()``.
    func refuse() {
        change {
            $0.refuses = true
            $0.resetsWanted += 1
        }
    }

    // MARK: What it saw

    /// How many connections there are.
    var connections: Int { state.withLock { $0.connections } }

    /// How many bytes went that way.
    func moved(_ way: Way) -> Int { state.withLock { $0.moved[way] ?? 0 } }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        var byte: UInt8 = 1
        _ = write(bell.write, &byte, 1)
    }
}

private func runProxy(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<ProxyCourse>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

/// The proxy's thread: its connections and their bytes.
private final class ProxyCourse {
    private let proxy: Proxy
    private var pairs: [ProxyPair] = []
    private var resetsDone = 0

    init(_ proxy: Proxy) { self.proxy = proxy }

    func run() {
        while true {
            let state = proxy.state.withLock { $0 }
            if state.isClosed { break }
            if state.resetsWanted > resetsDone {
                resetsDone = state.resetsWanted
                for pair in pairs { pair.end(withReset: true) }
                pairs = []
            }
            turn(state)
            proxy.state.withLock { current in
                current.connections = pairs.count
                for pair in pairs {
                    for way in Proxy.Way.allCases { current.moved[way, default: 0] += pair.takeMoved(way) }
                }
            }
        }
        for pair in pairs { pair.end(withReset: true) }
        for descriptor in [proxy.listener, proxy.bell.read, proxy.bell.write] { Glibc.close(descriptor) }
    }

    private func turn(_ state: Proxy.State) {
        var entries = [
            pollfd(fd: proxy.bell.read, events: Int16(POLLIN), revents: 0),
            pollfd(fd: proxy.listener, events: Int16(POLLIN), revents: 0),
        ]
        for pair in pairs { entries += pair.interests(held: state.held) }
        _ = poll(&entries, nfds_t(entries.count), 1_000)
        if entries[0].revents != 0 { drainBell() }
        var ended: [Int] = []
        for (index, pair) in pairs.enumerated() {
            let client = entries[2 + 2 * index].revents
            let server = entries[3 + 2 * index].revents
            if (client != 0 || server != 0) && !pair.move(held: state.held) { ended.append(index) }
        }
        for index in ended.reversed() {
            pairs[index].end(withReset: false)
            pairs.remove(at: index)
        }
        if entries[1].revents != 0 { take(refuses: state.refuses) }
    }

    private func drainBell() {
        var buffer = [UInt8](repeating: 0, count: 64)
        while read(proxy.bell.read, &buffer, buffer.count) > 0 {}
    }

    private func take(refuses: Bool) {
        let client = accept(proxy.listener, nil, nil)
        guard client >= 0 else { return }
        guard !refuses, let server = Loopback.connect(port: proxy.target) else {
            ProxyPair.close(client, withReset: true)
            return
        }
        pairs.append(ProxyPair(client: client, server: server))
    }
}
