/// The body of an answer, in pieces.
///
/// Writing never blocks and never fails: what the socket does not take is held, and what a client that has left does
/// not take is dropped. Keep below the mark: with ``send(_:)``, or with ``isAboveMark`` and ``onDrain``.
@NetLoop
public final class ResponseStream {
    /// Whether unsent output is above the listener's mark.
    public var isAboveMark: Bool { false }
    /// Whether nothing more can be written: finished, or the client left.
    public private(set) var isClosed = false
    /// Called each time unsent output falls from above the mark to below half of it.
    public var onDrain: (@NetLoop () -> Void)?

    init() {}

    /// Sends bytes, or holds them when the socket is full.
    public func write(_ bytes: UnsafeRawBufferPointer) {}

    /// Sends bytes, or holds them when the socket is full.
    public func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    /// Writes, then waits while unsent output is above the mark.
    ///
    /// - Throws: `reset_by_peer` when the client has left, `cancelled` when the task is.
    public func send(_ bytes: [UInt8]) async throws(HTTPError) {}

    /// Passes a transfer's body through with back-pressure until its end; a chunk costs no task switch.
    ///
    /// - Parameter inspect: sees each piece before it is written.
    /// - Throws: the transfer's failure; `reset_by_peer` when the client has left, after cancelling the transfer.
    public func relay(
        _ transfer: Transfer,
        inspect: (@NetLoop (UnsafeRawBufferPointer) -> Void)? = nil
    ) async throws(HTTPError) {}

    /// Ends the body well. Without it the connection is cut, so that the client sees an incomplete answer.
    public func finish() {}

    /// Cuts the connection, so that the client sees an incomplete answer.
    public func abort() {}
}
