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
    private enum Phase {
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
    private let descriptor: CInt
    private var readEvent: OpaquePointer?
    private var writeEvent: OpaquePointer?
    private var phase: Phase
    private var timer: Loop.Timer?
    private var timerMoment = Moment(nanoseconds: .max)

    private var parser: RequestParser
    private var input: [UInt8] = []
    private var isReading = true
    private var isParsing = false
    private var exchange: Exchange?
    private var hasServed = false
    /// Whether the answer under way is the last.
    private var closesAfter = false
    /// Whether the request could not be read on: nothing more is parsed.
    private var isRefused = false
    private var discarded = 0

    private var output = OutputQueue()
    private var isFlushPut = false
    private var isWriteArmed = false
    private var writeDeadline = Moment(nanoseconds: .max)

    /// Input held while an exchange is under way; above it the socket is not read.
    private static let pipelineBytes = 64 * 1024
    /// Output gathered within a turn above which it is sent at once.
    private static let gatheredBytes = 64 * 1024
    private static let lingerTime: Duration = .seconds(3)
    private static let lingerBytes = 256 * 1024 * 1024
    private static let receiveBytes = 64 * 1024
    private static let received = UnsafeMutableRawBufferPointer.allocate(byteCount: receiveBytes, alignment: 64)

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
    private func parseInput() {
        let held = input
        input = []
        let consumed = held.withUnsafeBytes { parse($0) }
        guard takesInput, consumed < held.count else { return }
        if consumed == 0 { input = held } else { input.append(contentsOf: held[consumed...]) }
    }

    private var takesInput: Bool {
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
    private func settle() {
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

    private var idleTime: Duration { hasServed ? listener.limits.idleTime : listener.limits.headerTime }

    /// The request can't be read on: tells the exchange, or answers by itself.
    private func refuse(_ refusal: Refusal) {
        guard !isRefused else { return }
        isRefused = true
        closesAfter = true
        guard let exchange else { return answer(refusal, path: parser.path) }
        exchange.failBody(refusal)
    }

    /// Answers a request that never became an exchange, and ends the connection.
    private func answer(_ refusal: Refusal, path: String?) {
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

    // MARK: Output

    /// Whether the next answer is the connection's last.
    var isLast: Bool { closesAfter || listener.isDraining || exchange?.isReceived == false }

    var unsentBytes: Int { output.count }

    /// Adds output, which is sent at the end of the turn at the latest.
    func gather(_ write: (inout [UInt8]) -> Void) {
        guard !isClosed else { return }
        output.gather(write)
        outputGrew()
    }

    func append(whole bytes: [UInt8]) {
        guard !isClosed else { return }
        output.append(whole: bytes)
        outputGrew()
    }

    private func outputGrew() {
        if output.count > Self.gatheredBytes, !isWriteArmed { flush() } else { putFlush() }
    }

    private func putFlush() {
        guard !isFlushPut, !isWriteArmed else { return }
        isFlushPut = true
        NetLoop.reactor.atTurnEnd(self)
    }

    func turnEnded() {
        isFlushPut = false
        if !isWriteArmed { flush() }
    }

    func writable() {
        isWriteArmed = false
        flush()
    }

    private func flush() {
        guard !isClosed else { return }
        finishSending(output.send(to: descriptor))
    }

    private func finishSending(_ outcome: OutputQueue.Outcome) {
        switch outcome {
        case .lost:
            return lost()
        case .full:
            writeDeadline = .now + listener.limits.writeStallTime
            if !isWriteArmed, event_add(writeEvent, nil) == 0 { isWriteArmed = true }
            armTimer()
        case .sent:
            writeDeadline = Moment(nanoseconds: .max)
        }
        exchange?.outputShrank(to: output.count)
        if output.count == 0, closesAfter, exchange == nil { endAfterOutput() }
    }

    // MARK: The end of an exchange and of the connection

    /// The exchange's answer is complete.
    func answered(isLast: Bool) {
        guard let exchange, !isClosed else { return }
        let isReceived = exchange.isReceived
        self.exchange = nil
        if isLast || !isReceived || listener.isDraining {
            closesAfter = true
            return output.count == 0 ? endAfterOutput() : putFlush()
        }
        guard !isParsing else { return }
        phase = .idle(until: .now + idleTime)
        if !input.isEmpty { parseInput() }
        settle()
        setReading(true)
    }

    /// Ends the connection once its output is sent: politely when the client may still be sending.
    private func endAfterOutput() {
        guard output.count == 0 else { return }
        switch phase {
        case .closed, .linger: return
        case .answer where input.isEmpty && !isRefused: return close()
        default: break
        }
        martlet_shut_sending(descriptor)
        input = []
        phase = .linger(until: .now + Self.lingerTime)
        setReading(true)
        armTimer()
    }

    /// The client is gone.
    private func lost() {
        guard !isClosed else { return }
        let exchange = exchange
        close()
        exchange?.leave()
    }

    /// Cuts the connection; an exchange under way sees its client leave.
    func cut() { lost() }

    /// Cuts the connection once the socket had its chance to take what was written.
    func cutAfterFlush() {
        if !isWriteArmed { flush() }
        exchange = nil
        close()
    }

    /// Closes when no request is under way.
    func closeIfIdle() {
        switch phase {
        case .idle where exchange == nil && input.isEmpty:
            closesAfter = true
            if output.count == 0 { close() }
        default: break
        }
    }

    private func close() {
        guard !isClosed else { return }
        phase = .closed
        exchange = nil
        for event in [readEvent, writeEvent] where event != nil { event_free(event) }
        readEvent = nil
        writeEvent = nil
        Glibc.close(descriptor)
        if let timer { NetLoop.cancel(timer) }
        timer = nil
        input = []
        output.removeAll()
        listener.forget(self)
    }

    private func setReading(_ reads: Bool) {
        guard reads != isReading, let readEvent else { return }
        isReading = reads
        if reads {
            event_add(readEvent, nil)
        } else {
            event_del(readEvent)
            watchUnread()
        }
    }

    /// A socket that is not read shows no end of file, and libevent can't wait for a hang-up alone without spinning on
    /// errors: so look now and then.
    private func watchUnread() {
        NetLoop.after(.milliseconds(50)) { [self] in
            guard !isReading, !isClosed else { return }
            if martlet_hung_up(descriptor) != 0 { lost() } else { watchUnread() }
        }
    }

    // MARK: Deadlines

    private var deadline: Moment {
        switch phase {
        case .idle(let moment), .head(let moment), .body(let moment), .linger(let moment): min(moment, writeDeadline)
        case .answer: writeDeadline
        case .closed: Moment(nanoseconds: .max)
        }
    }

    private func armTimer() {
        let deadline = deadline
        guard deadline < timerMoment, !isClosed else { return }
        if let timer { NetLoop.cancel(timer) }
        timerMoment = deadline
        // Held strongly and cancelled at the end: one weak reference would make every retain take the slow path.
        timer = NetLoop.after(deadline - .now) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerMoment = Moment(nanoseconds: .max)
        let now = Moment.now
        guard deadline <= now else { return armTimer() }
        if writeDeadline <= now { return lost() }
        switch phase {
        case .idle where output.count > 0:
            // The last answer is still on its way to a slow reader, and `writeDeadline` watches over that.
            phase = .idle(until: now + idleTime)
            armTimer()
        case .idle, .linger: close()
        case .head: answer(.tooSlow, path: parser.path)
        case .body:
            refuse(.tooSlow)
            phase = .answer
        case .answer, .closed: break
        }
    }
}

private func connectionReadable(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
    NetLoop.assumeIsolated { connection.readable() }
}

private func connectionWritable(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
    NetLoop.assumeIsolated { connection.writable() }
}
