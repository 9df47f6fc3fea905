import HTTP
import Providers

/// Carries a stream from the provider to the client, event by event, without decoding it.
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

    private var watch: StreamWatch
    private let out: ResponseStream
    private let transfer: Transfer

    init(watch: StreamWatch, out: ResponseStream, transfer: Transfer) {
        self.watch = watch
        self.out = out
        self.transfer = transfer
    }

    var usage: Usage? { watch.usage }

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
            if watch.failure == nil, !watch.sawDone { return .failed(error) }
        }
        if out.isClosed { return .left }
        switch watch.end(pass: { out.write($0) }) {
        case .complete:
            if !watch.sawDone { out.write(Array("data: [DONE]\n\n".utf8)) }
            return .complete
        case .failed(let error): return .failed(error)
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Flow {
        watch.feed(bytes) { out.write($0) }
        return out.isAboveMark ? .pause : .more
    }
}
