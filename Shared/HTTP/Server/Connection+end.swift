import CEvent
import Glibc
import Loop

/// How exchanges and the connection end, and when they must.
extension Connection {
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
    func endAfterOutput() {
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
    func lost() {
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

    func close() {
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

    func setReading(_ reads: Bool) {
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
    func watchUnread() {
        NetLoop.after(.milliseconds(50)) { [self] in
            guard !isReading, !isClosed else { return }
            if martlet_hung_up(descriptor) != 0 { lost() } else { watchUnread() }
        }
    }

    // MARK: Deadlines

    var deadline: Moment {
        switch phase {
        case .idle(let moment), .head(let moment), .body(let moment), .linger(let moment): min(moment, writeDeadline)
        case .answer: writeDeadline
        case .closed: Moment(nanoseconds: .max)
        }
    }

    func armTimer() {
        let deadline = deadline
        guard deadline < timerMoment, !isClosed else { return }
        if let timer { NetLoop.cancel(timer) }
        timerMoment = deadline
        // Held strongly and cancelled at the end: one weak reference would make every retain take the slow path.
        timer = NetLoop.after(deadline - .now) { self.timerFired() }
    }

    func timerFired() {
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
