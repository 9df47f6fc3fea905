import HTTP
import Loop
import Providers

/// Carries a stream from the provider to the client, event by event.
///
/// It works in the transfer's callbacks, so that a chunk costs no task switch. Above the client's mark the provider
/// isn't read; when the client leaves, the provider's connection is closed at once. The answer begins with ``begin()``,
/// or by itself with the first bytes for the client: until then a failure leaves no trace with them.
@NetLoop
final class ChatRelay {
    enum Ending {
        case complete
        case failed(any Error)
        case left
    }

    private var course: any StreamCourse
    private let transfer: Transfer
    private let exchange: Exchange
    private let headers: [(String, String)]
    private var out: ResponseStream?
    /// When the first bytes came.
    private(set) var firstPieceAt: Moment?

    init(
        _ course: any StreamCourse,
        from transfer: Transfer,
        to exchange: Exchange,
        headers: [(String, String)]
    ) {
        self.course = course
        self.transfer = transfer
        self.exchange = exchange
        self.headers = headers
    }

    var usage: Usage? { course.usage }

    /// Whether the client has been answered.
    var hasBegun: Bool { out != nil }

    /// Begins the answer, once.
    @discardableResult
    func begin() -> ResponseStream {
        if let out { return out }
        let out = exchange.stream(200, headers)
        out.onDrain = { [transfer] in transfer.resume() }
        self.out = out
        return out
    }

    /// Runs to the stream's end.
    func run() async -> Ending {
        transfer.onBytes = { [self] bytes in take(bytes) }
        defer {
            transfer.onBytes = nil
            out?.onDrain = nil
        }
        do {
            try await transfer.end()
        } catch {
            if hasLeft { return .left }
            if course.failure == nil, !course.isComplete { return .failed(error) }
        }
        if hasLeft { return .left }
        if let error = course.end(to: { write($0) }) { return .failed(error) }
        return .complete
    }

    private var hasLeft: Bool { out?.isClosed ?? exchange.hasLeft }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Flow {
        if firstPieceAt == nil { firstPieceAt = .now }
        course.feed(bytes) { write($0) }
        return out?.isAboveMark == true ? .pause : .more
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        (out ?? begin()).write(bytes)
    }

    func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    /// Ends the answer well.
    func finish() { begin().finish() }
}
