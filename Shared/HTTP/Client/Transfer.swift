import Loop

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
    public internal(set) var responseHead: ResponseHead?
    /// Why it ended, or nil while it runs and after a good end.
    public internal(set) var failure: HTTPError?
    /// Whether it is over.
    public internal(set) var isFinished = false

    /// Called once with the head, also when it is there already.
    public var onHead: (@NetLoop (ResponseHead) -> Void)? {
        didSet { if let responseHead { takeOnHead()?(responseHead) } }
    }
    /// Called with each piece of the body; the buffer is valid during the call alone. Set it before asking for bytes
    /// by `body(limit:)` or `chunk()`, not beside them. What came earlier is given when it is set.
    public var onBytes: (@NetLoop (UnsafeRawBufferPointer) -> Flow)? {
        didSet { deliverHeld() }
    }
    /// Called once at the end, after the last bytes, also when it is over already: nil is a complete response.
    public var onEnd: (@NetLoop (HTTPError?) -> Void)? {
        didSet { if isOver { takeOnEnd()?(failure) } }
    }

    var request: ClientRequest
    let multi: Multi
    var easy: EasyHandle?
    var deadlines: Deadlines
    var headReader: ResponseHeadReader
    /// Where the multi keeps it.
    var slot = -1

    var held: [UInt8] = []
    var heldMark: Int
    /// Whether the reader asked to pause.
    var isPaused = false
    /// Whether libcurl was told that bytes were not taken: it gives them again after `curl_easy_pause`.
    var isCurlPaused = false
    let waiters = Waiters()
    /// What the pool had refused when the call began.
    private let refusalsBefore: Int
    /// Whether the address policy forbade an address since the call began.
    var wasRefused: Bool { multi.refusals > refusalsBefore }

    init(_ request: ClientRequest, _ limits: ClientLimits, _ multi: Multi) {
        self.request = request
        self.multi = multi
        refusalsBefore = multi.refusals
        heldMark = limits.unreadMark
        deadlines = Deadlines(request.timeouts)
        headReader = ResponseHeadReader(limit: limits.headerBytes)
    }

    /// Whether the reader has had everything and the end.
    var isOver: Bool { isFinished && held.isEmpty }

    // MARK: Control

    /// Goes on after `onBytes` answered `.pause`.
    public func resume() {
        guard isPaused else { return }
        isPaused = false
        deadlines.restartStall()
        deliverHeld()
        flowAgain()
    }

    /// Ends the call: its connection is closed at once and not used again. Waiters get `cancelled`; so does `onEnd`.
    public func cancel() {
        guard !isFinished else { return }
        held = []
        finish(HTTPError(.cancelled, "The call was cancelled."))
    }

    /// Ends the call early with that failure.
    func finish(_ error: HTTPError?) {
        guard !isFinished else { return }
        isFinished = true
        failure = error
        multi.release(self)
        waiters.wake()
        if isOver { takeOnEnd()?(failure) }
        if failure != nil { onBytes = nil }
    }

    // MARK: From libcurl

    /// Takes a header line; false ends the call.
    func receivedLine(_ line: UnsafeRawBufferPointer) -> Bool {
        guard !isFinished else { return false }
        switch headReader.line(line) {
        case .more: break
        case .head(let head): receivedHead(head)
        case .tooLarge: finish(HTTPError(.tooLarge, "The response's head is larger than it may be."))
        }
        return !isFinished
    }

    /// Takes a piece of the body; what it answers is libcurl's: the piece's size, or a sign to pause or to end.
    func receivedPiece(_ piece: UnsafeRawBufferPointer) -> Int {
        guard !isFinished else { return 0 }
        guard received(piece) else { return Self.pauseSign }
        return isFinished ? 0 : piece.count
    }

    /// CURL_WRITEFUNC_PAUSE, a macro that isn't imported.
    private static let pauseSign = 0x1000_0001

    private func receivedHead(_ head: ResponseHead) {
        responseHead = head
        deadlines.gotHead()
        waiters.wake()
        takeOnHead()?(head)
    }

    /// Takes bytes; false when libcurl shall keep them until `resume`.
    func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if isPaused || (onBytes == nil && held.count >= heldMark) {
            isCurlPaused = true
            deadlines.pauseStall()
            return false
        }
        deadlines.gotBytes()
        if let onBytes, held.isEmpty {
            if case .pause = onBytes(bytes) { isPaused = true }
        } else {
            held.append(contentsOf: bytes)
            waiters.wake()
        }
        return true
    }

    /// Gives what was held to a reader that came later.
    private func deliverHeld() {
        guard let onBytes, !held.isEmpty, !isPaused else { return }
        let bytes = held
        held = []
        if case .pause = bytes.withUnsafeBytes(onBytes) { isPaused = true }
        if isOver { takeOnEnd()?(failure) } else { flowAgain() }
    }

    /// Has libcurl read again when it was told to keep bytes and there is room now.
    func flowAgain() {
        guard isCurlPaused, !isPaused, onBytes != nil || held.count < heldMark, !isFinished else { return }
        isCurlPaused = false
        deadlines.restartStall()
        multi.unpause(self)
    }

    private func takeOnHead() -> (@NetLoop (ResponseHead) -> Void)? {
        let action = onHead
        if action != nil { onHead = nil }
        return action
    }

    private func takeOnEnd() -> (@NetLoop (HTTPError?) -> Void)? {
        let action = onEnd
        if action != nil { onEnd = nil }
        return action
    }
}
