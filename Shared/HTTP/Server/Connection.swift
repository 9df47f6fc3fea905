import CEvent
import Glibc
import Loop

/// One client's socket: bytes in to requests, answers out to bytes, one exchange at a time.
///
/// Pipelined requests wait in the input, bounded, until the one before is answered. All deadlines share one timer,
/// which is set again only when it fires or when a deadline is earlier than it: a request that comes whole costs no
/// timer operation.
@NetLoop
final class Connection: TurnEnd {
    /// What the connection waits for.
    enum Phase {
        /// Between requests.
        case idle(until: Moment)
        /// Within a request's head.
        case head(until: Moment)
        /// Within a request's body.
        case body(until: Moment)
        /// For its answer, or for the socket to take it.
        case answer
        /// The last answer is sent; what the client still sends is thrown away, so that it reads the answer before
        /// the reset that unread bytes would cause.
        case linger(until: Moment)
        case closed
    }

    let remote: SocketAddress
    let listener: Listener
    let descriptor: CInt
    var readEvent: OpaquePointer?
    var writeEvent: OpaquePointer?
    var phase: Phase
    var timer: Loop.Timer?
    var timerMoment = Moment(nanoseconds: .max)

    var parser: RequestParser
    var input: [UInt8] = []
    var isReading = true
    var isParsing = false
    var exchange: Exchange?
    var hasServed = false
    /// Whether the answer under way is the last.
    var closesAfter = false
    /// Whether the request could not be read on: nothing more is parsed.
    var isRefused = false
    var discarded = 0

    var output = OutputQueue()
    var isFlushPut = false
    var isWriteArmed = false
    var writeDeadline = Moment(nanoseconds: .max)

    /// Input held while an exchange is under way; above it the socket is not read.
    static let pipelineBytes = 64 * 1024
    /// Output gathered within a turn above which it is sent at once.
    static let gatheredBytes = 64 * 1024
    static let lingerTime: Duration = .seconds(3)
    static let lingerBytes = 256 * 1024 * 1024
    static let receiveBytes = 64 * 1024
    static let received = UnsafeMutableRawBufferPointer.allocate(byteCount: receiveBytes, alignment: 64)

    init(_ descriptor: CInt, _ remote: SocketAddress, _ listener: Listener) {
        self.descriptor = descriptor
        self.remote = remote
        self.listener = listener
        let limits = listener.limits
        parser = RequestParser(
            headerBytes: limits.headerBytes,
            headerFields: limits.headerFields,
            bodyLimit: limits.bodyBytes
        )
        phase = .idle(until: .now + limits.headerTime)
    }

    func open() {
        let base = NetLoop.reactor.base
        let context = Unmanaged.passUnretained(self).toOpaque()
        readEvent = event_new(base, descriptor, Int16(EV_READ | EV_PERSIST), connectionReadable, context)
        writeEvent = event_new(base, descriptor, Int16(EV_WRITE), connectionWritable, context)
        guard let readEvent, writeEvent != nil, event_add(readEvent, nil) == 0 else { return close() }
        armTimer()
    }

    var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    // MARK: Input

    func readable() {
        let count = martlet_receive(descriptor, Self.received.baseAddress, Self.receiveBytes)
        guard count > 0 else {
            if count == -Int(EAGAIN) || count == -Int(EINTR) { return }
            return lost()
        }
        if case .linger = phase {
            discarded += count
            return discarded > Self.lingerBytes ? close() : ()
        }
        let bytes = UnsafeRawBufferPointer(start: Self.received.baseAddress, count: count)
        if input.isEmpty {
            let consumed = parse(bytes)
            if consumed < count, takesInput { input.append(contentsOf: bytes[consumed...]) }
        } else {
            input.append(contentsOf: bytes)
            parseInput()
        }
        settle()
    }

    /// Parses what was held back.
    func parseInput() {
        let held = input
        input = []
        let consumed = held.withUnsafeBytes { parse($0) }
        guard takesInput, consumed < held.count else { return }
        if consumed == 0 { input = held } else { input.append(contentsOf: held[consumed...]) }
    }

    var takesInput: Bool {
        switch phase {
        case .closed, .linger: false
        default: !isRefused && (!closesAfter || exchange?.isReceived == false)
        }
    }

    /// Parses until the window is used up or a request waits for its answer; tells how much was consumed.
    private func parse(_ window: UnsafeRawBufferPointer) -> Int {
        var consumed = 0
        isParsing = true
        defer { isParsing = false }
        while takesInput, exchange?.isReceived != true {
            switch parser.next(window, &consumed) {
            case .more:
                exchange?.start()
                return consumed
            case .head(let head):
                begin(head)
            case .body(let range):
                exchange?.append(UnsafeRawBufferPointer(rebasing: window[range]))
            case .end:
                exchange?.received()
            case .refused(let refusal):
                refuse(refusal)
            }
        }
        return consumed
    }

    private func begin(_ head: RequestHead) {
        parser.bodyLimit = listener.limits.bodyBytes
        closesAfter = !head.keepsAlive
        hasServed = true
        exchange = Exchange(head, self)
    }

    /// Sets the phase, and with it the deadline, after input was parsed.
    func settle() {
        switch phase {
        case .closed, .linger:
            return
        case .idle where exchange == nil && input.isEmpty:
            return
        case .head where exchange == nil:
            return
        case .body where exchange?.isReceived == false:
            return
        default:
            break
        }
        if let exchange {
            phase = exchange.isReceived || isRefused ? .answer : .body(until: .now + listener.limits.bodyTime)
        } else {
            phase = input.isEmpty ? .idle(until: .now + idleTime) : .head(until: .now + listener.limits.headerTime)
        }
        armTimer()
        setReading(exchange == nil || input.count <= Self.pipelineBytes)
    }

    var idleTime: Duration { hasServed ? listener.limits.idleTime : listener.limits.headerTime }

    /// The request can't be read on: tells the exchange, or answers by itself.
    func refuse(_ refusal: Refusal) {
        guard !isRefused else { return }
        isRefused = true
        closesAfter = true
        guard let exchange else { return answer(refusal, path: parser.path) }
        exchange.failBody(refusal)
    }

    /// Answers a request that never became an exchange, and ends the connection.
    func answer(_ refusal: Refusal, path: String?) {
        let requestID = listener.nextRequestID()
        let body = listener.errorBody(path, refusal.status, refusal.code, refusal.message, requestID)
        output.gather { bytes in
            HeadWriter.append(
                to: &bytes,
                status: refusal.status,
                headers: [("content-type", body.contentType)],
                framing: .length(body.bytes.count),
                requestID: requestID,
                closes: true
            )
            bytes.append(contentsOf: body.bytes)
        }
        isRefused = true
        closesAfter = true
        putFlush()
    }
}

private let readableDoor = NetLoop.door { (connection: Connection) in connection.readable() }
private let writableDoor = NetLoop.door { (connection: Connection) in connection.writable() }

private func connectionReadable(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    readableDoor(Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue())
}

private func connectionWritable(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    writableDoor(Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue())
}
