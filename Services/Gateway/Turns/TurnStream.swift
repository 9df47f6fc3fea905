import HTTP
import JSON
import Loop

/// The way of a turn's frames to its client.
///
/// It opens late: until the provider has begun to answer or a picture's job is accepted, a failure is still an ordinary
/// answer with its status. What was told until then is kept and sent first. When nothing was sent for a while it asks
/// for a sign of life, and opens for that.
@NetLoop
final class TurnStream {
    private let exchange: Exchange
    private let silence: Duration
    private var stream: EventStream?
    private var held: [TurnFrame] = []
    private var lastWrite = Moment.now
    private var timer: Loop.Timer?
    /// Called when nothing was sent for the whole interval.
    var onSilence: @NetLoop () -> Void = {}

    /// - Parameter silence: the interval.
    init(_ exchange: Exchange, silence: Duration) {
        self.exchange = exchange
        self.silence = silence
        watch()
    }

    /// Whether the answer has begun, so that a failure can only be a frame.
    var isOpen: Bool { stream != nil }

    /// Whether the client is behind, so that nothing more should be read for it.
    var isAboveMark: Bool { stream?.stream.isAboveMark ?? false }
    /// Called each time the client has caught up.
    var onDrain: (@NetLoop () -> Void)? {
        didSet { stream?.stream.onDrain = onDrain }
    }

    /// Begins the answer; a second time changes nothing.
    func open(_ headers: [(String, String)] = []) {
        guard stream == nil else { return }
        let stream = exchange.eventStream(headers, keepAlive: nil)
        self.stream = stream
        stream.stream.onDrain = onDrain
        for frame in held { send(frame, to: stream) }
        held = []
    }

    func write(_ frame: TurnFrame) {
        lastWrite = .now
        if let stream { send(frame, to: stream) } else { held.append(frame) }
    }

    private func send(_ frame: TurnFrame, to stream: EventStream) {
        stream.event(name: frame.name.rawValue, id: String(frame.number), data: frame.data)
    }

    /// Ends what was begun.
    func finish() {
        if let timer { NetLoop.cancel(timer) }
        timer = nil
        onSilence = {}
        stream?.finish()
    }

    /// A client that doesn't read gets no more signs of life.
    private func watch() {
        timer = NetLoop.after(lastWrite + silence - .now) { [weak self] in
            guard let self else { return }
            if lastWrite + silence <= .now {
                lastWrite = .now
                if !isAboveMark { onSilence() }
                open()
            }
            watch()
        }
    }
}
