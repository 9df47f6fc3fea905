/// The body of an answer, in pieces.
///
/// Writing never blocks and never fails: what the socket does not take is held, and what a client that has left does
/// not take is dropped. Small writes of one turn of the loop leave together. Keep below the mark: with ``send(_:)``,
/// or with ``isAboveMark`` and ``onDrain``.
@NetLoop
public final class ResponseStream {
    private enum Framing {
        case chunked
        case counted(Int)
        case plain
        /// The answer has no body: what is written is dropped.
        case none
    }

    /// Whether nothing more can be written: finished, or the client left.
    public private(set) var isClosed = false
    /// Called each time unsent output falls from above the mark to below half of it.
    public var onDrain: (@NetLoop () -> Void)?
    /// The exchange that this answers.
    public let exchange: Exchange

    private let connection: Connection
    /// Bytes of unsent output above which the writer is to wait; the listener's, until it is set.
    public var mark: Int
    private var framing: Framing
    private var wasAbove = false
    private var drainWaiters: Waiters?

    init(_ connection: Connection, _ exchange: Exchange, _ framing: HeadWriter.Framing, isBodiless: Bool) {
        self.connection = connection
        self.exchange = exchange
        mark = connection.listener.limits.outputMark
        self.framing =
            switch framing {
            case _ where isBodiless: .none
            case .none: .none
            case .length(let length): .counted(length)
            case .chunked: .chunked
            case .untilClose: .plain
            }
    }

    /// A stream of an exchange that can't be answered any more.
    init(closedFor connection: Connection, _ exchange: Exchange) {
        self.connection = connection
        self.exchange = exchange
        mark = connection.listener.limits.outputMark
        framing = .none
        isClosed = true
    }

    /// Whether unsent output is above the listener's mark.
    public var isAboveMark: Bool { !isClosed && connection.unsentBytes > mark }

    /// Sends bytes, or holds them when the socket is full.
    public func write(_ bytes: UnsafeRawBufferPointer) {
        guard !isClosed, bytes.count > 0 else { return }
        switch framing {
        case .none:
            return
        case .plain:
            connection.gather { $0.append(contentsOf: bytes) }
        case .counted(let left):
            let taken = min(left, bytes.count)
            framing = .counted(left - taken)
            connection.gather { $0.append(contentsOf: bytes[..<taken]) }
        case .chunked:
            connection.gather { output in
                output.reserveCapacity(output.count + bytes.count + 20)
                HeadWriter.appendHex(bytes.count, to: &output)
                HeadWriter.append(&output, "\r\n")
                output.append(contentsOf: bytes)
                HeadWriter.append(&output, "\r\n")
            }
        }
        if connection.unsentBytes > mark { wasAbove = true }
    }

    /// Sends bytes, or holds them when the socket is full.
    public func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    /// Writes, then waits while unsent output is above the mark.
    ///
    /// - Throws: `reset_by_peer` when the client has left, `cancelled` when the task is.
    public func send(_ bytes: [UInt8]) async throws(HTTPError) {
        write(bytes)
        try await drained()
    }

    /// Waits while unsent output is above the mark.
    ///
    /// - Throws: `reset_by_peer` when the client has left, `cancelled` when the task is.
    public func drained() async throws(HTTPError) {
        while isAboveMark {
            if Task.isCancelled { break }
            let waiters = drainWaiters ?? Waiters()
            drainWaiters = waiters
            await waiters.wait()
        }
        if exchange.hasLeft { throw HTTPError(.resetByPeer, "The client left.") }
        if Task.isCancelled { throw HTTPError(.cancelled, "The task was cancelled.") }
    }

    /// Passes a transfer's body through with back-pressure until its end; a chunk costs no task switch.
    ///
    /// - Parameter inspect: sees each piece before it is written.
    /// - Throws: the transfer's failure; `reset_by_peer` when the client has left, after cancelling the transfer.
    public func relay(
        _ transfer: Transfer,
        inspect: (@NetLoop (UnsafeRawBufferPointer) -> Void)? = nil
    ) async throws(HTTPError) {
        onDrain = { transfer.resume() }
        transfer.onBytes = { [self] bytes in
            guard !isClosed else { return .more }
            inspect?(bytes)
            write(bytes)
            return isAboveMark ? .pause : .more
        }
        defer {
            onDrain = nil
            transfer.onBytes = nil
        }
        do {
            try await transfer.end()
        } catch {
            throw exchange.hasLeft ? HTTPError(.resetByPeer, "The client left.") : error
        }
    }

    /// Ends the body well. Without it the connection is cut, so that the client sees an incomplete answer.
    public func finish() {
        guard !isClosed else { return }
        switch framing {
        case .chunked: connection.gather { HeadWriter.append(&$0, "0\r\n\r\n") }
        case .counted(let left) where left > 0: return abort()
        default: break
        }
        close()
        exchange.streamFinished()
    }

    /// Cuts the connection, so that the client sees an incomplete answer; what was written before is sent as far as
    /// the socket takes it.
    public func abort() {
        guard !isClosed else { return }
        close()
        connection.cutAfterFlush()
    }

    /// The client is gone.
    func lost() { close() }

    private func close() {
        isClosed = true
        drainWaiters?.wake()
        onDrain = nil
    }

    func outputShrank(to count: Int) {
        guard wasAbove, count < mark / 2 else { return }
        wasAbove = false
        drainWaiters?.wake()
        onDrain?()
    }
}
