import CEvent
import Loop

/// Answers out to bytes: gathered within a turn, sent at its end, and held while the socket is full.
extension Connection {
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

    func outputGrew() {
        if output.count > Self.gatheredBytes, !isWriteArmed { flush() } else { putFlush() }
    }

    func putFlush() {
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

    func flush() {
        guard !isClosed else { return }
        finishSending(output.send(to: descriptor))
    }

    func finishSending(_ outcome: OutputQueue.Outcome) {
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
}
