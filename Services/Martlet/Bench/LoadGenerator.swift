import CLinux
import Glibc
import Loop

/// Sends one request over and over on N kept-alive connections, each as soon as the last answer is complete.
///
/// One thread, epoll and raw sockets: about 5 µs a request, so that a small machine has something left for the
/// process that is measured. Answers that come before the measurement begins are warm-up and not counted.
struct LoadGenerator {
    /// What came of it.
    struct Sample {
        var requests = 0
        var failures = 0
        var events = 0
        /// Of the first answer, warm-up included.
        var firstStatus: Int?
        var elapsed = Duration.zero
        /// Nanoseconds from the request's first byte to the answer's last one.
        var latencies: [Int64] = []
        /// Nanoseconds to the answer's first byte.
        var firstBytes: [Int64] = []
    }

    private struct Link {
        var descriptor: Int32
        var meter = ResponseMeter()
        var sentAt = Moment.now
        var hasFirstByte = false
        var unsent: ArraySlice<UInt8> = []
    }

    private let port: Int
    private let request: [UInt8]
    private let queue: Int32
    private var links: [Link] = []
    private var sample = Sample()
    private var isCounting = false
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    init(port: Int, request: [UInt8], connections: Int) throws(CommandError) {
        self.port = port
        self.request = request
        queue = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard queue >= 0 else { throw CommandError(.failed, "epoll: errno \(errno)") }
        for index in 0..<connections { links.append(Link(descriptor: try Self.connect(port, index, queue))) }
    }

    /// Closes all connections.
    func close() {
        for link in links { Glibc.close(link.descriptor) }
        Glibc.close(queue)
    }

    /// Runs the load: first `warmUp`, then `time` that counts. `counting` is called when the second begins.
    mutating func run(warmUp: Duration, time: Duration, counting: () -> Void) throws(CommandError) -> Sample {
        for index in links.indices { send(index) }
        var events = [epoll_event](repeating: epoll_event(), count: max(1, links.count))
        let begin = Moment.now + warmUp
        var countingSince = begin
        while true {
            let now = Moment.now
            if !isCounting, now >= begin {
                isCounting = true
                countingSince = now
                counting()
            }
            if now >= begin + time { break }
            let count = epoll_wait(queue, &events, Int32(events.count), 100)
            for event in events.prefix(Int(max(0, count))) { try ready(Int(event.data.u64), event.events) }
        }
        sample.elapsed = Moment.now - countingSince
        return sample
    }

    /// Sends one request on the first connection; the status of its answer, or nil when none comes in time.
    mutating func firstStatus(within time: Duration) throws(CommandError) -> Int? {
        send(0)
        let deadline = Moment.now + time
        while sample.firstStatus == nil, Moment.now < deadline {
            var event = epoll_event()
            if epoll_wait(queue, &event, 1, 50) > 0 { try ready(Int(event.data.u64), event.events) }
        }
        return sample.firstStatus
    }

    // MARK: Connections

    private static func connect(_ port: Int, _ index: Int, _ queue: Int32) throws(CommandError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = LoopbackAddress.ipv4(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else {
            Glibc.close(descriptor)
            throw CommandError(.unavailable, "nobody listens on port \(port)")
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = UInt64(index)
        guard epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw CommandError(.failed, "epoll: errno \(errno)")
        }
        return descriptor
    }

    private mutating func reconnect(_ index: Int) throws(CommandError) {
        Glibc.close(links[index].descriptor)
        if isCounting { sample.failures += 1 }
        guard sample.failures < 1_000 else { throw CommandError(.failed, "port \(port) closes every connection") }
        links[index] = Link(descriptor: try Self.connect(port, index, queue))
        send(index)
    }

    private mutating func send(_ index: Int) {
        links[index].sentAt = .now
        links[index].hasFirstByte = false
        links[index].unsent = request[...]
        flush(index)
    }

    /// A request fits into the socket's buffer, so what is left over is rare; it waits for EPOLLOUT.
    private mutating func flush(_ index: Int) {
        let descriptor = links[index].descriptor
        let count = links[index].unsent.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        links[index].unsent = links[index].unsent.dropFirst(max(0, count))
        let waits = !links[index].unsent.isEmpty
        guard waits || count < request.count else { return }
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (waits ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(index)
        _ = epoll_ctl(queue, EPOLL_CTL_MOD, descriptor, &event)
    }

    private mutating func ready(_ index: Int, _ events: UInt32) throws(CommandError) {
        if events & EPOLLOUT.rawValue != 0 { flush(index) }
        guard events & ~EPOLLOUT.rawValue != 0 else { return }
        let descriptor = links[index].descriptor
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return try reconnect(index) }
        let now = Moment.now
        if !links[index].hasFirstByte {
            links[index].hasFirstByte = true
            if isCounting { sample.firstBytes.append((now - links[index].sentAt).nanoseconds) }
        }
        guard let completed = follow(index, count) else { return try reconnect(index) }
        if let response = completed.last { answered(index, response, now) }
    }

    /// Reads what has come; nil when the connection makes no sense any more.
    private mutating func follow(_ index: Int, _ count: Int) -> [ResponseMeter.Response]? {
        var completed: [ResponseMeter.Response] = []
        let isSound = buffer.withUnsafeBytes { bytes in
            do throws(ResponseMeter.Malformed) {
                try links[index].meter.feed(UnsafeRawBufferPointer(rebasing: bytes[..<count])) { completed.append($0) }
                return true
            } catch {
                return false
            }
        }
        return isSound ? completed : nil
    }

    private mutating func answered(_ index: Int, _ response: ResponseMeter.Response, _ now: Moment) {
        if sample.firstStatus == nil { sample.firstStatus = response.status }
        if isCounting {
            sample.requests += 1
            if response.status != 200 { sample.failures += 1 }
            sample.events += response.events
            sample.latencies.append((now - links[index].sentAt).nanoseconds)
        }
        send(index)
    }
}
