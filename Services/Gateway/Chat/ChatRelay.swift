import HTTP
import Loop
import Providers

/// Carries a stream from the provider to the client, event by event.
///
/// It works in the transfer's callbacks, so that a chunk costs no task switch. Above the client's mark the provider
/// isn't read; when the client leaves, the provider's connection is closed at once.
@NetLoop
final class ChatRelay {
    enum Ending {
        case complete
        case failed(any Error)
        case left
    }

    private var course: any StreamCourse
    private let out: ResponseStream
    private let transfer: Transfer
    /// When the first bytes came.
    private(set) var firstPieceAt: Moment?

    init(_ course: any StreamCourse, out: ResponseStream, transfer: Transfer) {
        self.course = course
        self.out = out
        self.transfer = transfer
    }

    var usage: Usage? { course.usage }

    /// Runs to the stream's end.
    func run() async -> Ending {
        out.onDrain = { [transfer] in transfer.resume() }
        transfer.onBytes = { [self] bytes in take(bytes) }
        defer {
            transfer.onBytes = nil
            out.onDrain = nil
        }
        do {
            try await transfer.end()
        } catch {
            if out.isClosed { return .left }
            if course.failure == nil, !course.isComplete { return .failed(error) }
        }
        if out.isClosed { return .left }
        if let error = course.end(to: { out.write($0) }) { return .failed(error) }
        return .complete
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Flow {
        if firstPieceAt == nil { firstPieceAt = .now }
        course.feed(bytes) { out.write($0) }
        return out.isAboveMark ? .pause : .more
    }
}
