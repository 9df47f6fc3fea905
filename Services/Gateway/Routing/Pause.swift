import HTTP
import Loop

/// A wait that ends early when the client leaves.
@NetLoop
final class Pause {
    private var continuation: CheckedContinuation<Void, Never>?

    static func wait(_ time: Duration, of exchange: Exchange) async {
        let pause = Pause()
        await withCheckedContinuation { continuation in
            pause.continuation = continuation
            let timer = NetLoop.after(time) { pause.end() }
            exchange.onLeave = {
                NetLoop.cancel(timer)
                pause.end()
            }
        }
        exchange.onLeave = nil
    }

    private func end() {
        continuation?.resume()
        continuation = nil
    }
}
