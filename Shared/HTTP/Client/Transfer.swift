/// Whether a reader of bytes wants more now.
public enum Flow: Sendable {
    /// Go on.
    case more
    /// These bytes were taken, but no more until ``Transfer/resume()``.
    case pause
}

/// One call in progress.
///
/// Read it in one of two ways: by `head()` and then `body(limit:)` or `chunk()`, or by `onHead`, `onBytes` and `onEnd`,
/// which cost no task switch. Bytes that come before a reader is there are held up to a mark, and above it the
/// connection is not read. Dropping the last reference does not end a call: cancel it.
@NetLoop
public final class Transfer {
    /// The response's head, once it is there.
    public private(set) var responseHead: ResponseHead?
    /// Why it ended, or nil while it runs and after a good end.
    public private(set) var failure: HTTPError?
    /// Whether it is over.
    public private(set) var isFinished = false

    /// Called once with the head, also when it is there already.
    public var onHead: (@NetLoop (ResponseHead) -> Void)?
    /// Called with each piece of the body; the buffer is valid during the call alone.
    public var onBytes: (@NetLoop (UnsafeRawBufferPointer) -> Flow)?
    /// Called once at the end, after the last bytes: nil is a complete response.
    public var onEnd: (@NetLoop (HTTPError?) -> Void)?

    init(_ request: ClientRequest) {}

    /// Waits for the response's head. Cancelling the waiting task cancels the call.
    public func head() async throws(HTTPError) -> ResponseHead {
        throw HTTPError(.unexpected, "not yet built")
    }

    /// Waits for the whole body. Past `limit` bytes the call is cancelled and `too_large` thrown.
    public func body(limit: Int) async throws(HTTPError) -> [UInt8] {
        throw HTTPError(.unexpected, "not yet built")
    }

    /// Waits for the next bytes of the body, or nil at its end.
    public func chunk() async throws(HTTPError) -> [UInt8]? {
        throw HTTPError(.unexpected, "not yet built")
    }

    /// Waits for the end; for users of `onBytes`.
    public func end() async throws(HTTPError) {
        throw HTTPError(.unexpected, "not yet built")
    }

    /// Goes on after `onBytes` answered `.pause`.
    public func resume() {}

    /// Ends the call: its connection is closed at once and not used again. Waiters get `cancelled`; so does `onEnd`.
    public func cancel() {}
}
