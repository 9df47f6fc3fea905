import Bus
import Loop
import Wire

/// Follows a hub: subscribes, waits for the echo, shows what fits, and ends when it is told to or has all it wanted.
///
/// Output is written from the bus's thread, blocking: while a pager or a slow terminal takes nothing, records pile up
/// to the queues' bound and are then lost, which the counts tell; that is what a tap is allowed to do.
@BusLoop
final class Follow {
    /// Called once, with the exit code.
    var onEnd: @BusLoop (Int32) -> Void = { _ in }
    private(set) var view: View
    private(set) var isSubscribed = false

    private let options: FollowOptions
    private let address: String
    private let keys: KeyRing
    private let sink: any Sink
    private let socket: Socket
    private let echo = Echo.topic()
    private var hasEnded = false
    private var told = Losses()
    private var lastTick = Moment.now
    private var unreadable: UInt64 = 0

    private static let patience = Duration.seconds(3)
    private static let longestTopic = 128

    init(
        _ options: FollowOptions,
        hub address: String,
        keys: KeyRing,
        sink: any Sink,
        format: LineFormat,
        context: Context = .shared
    ) throws(BusError) {
        self.options = options
        self.address = address
        self.keys = keys
        self.sink = sink
        socket = try Socket(.sub, in: context)
        view = View(options, format)
    }

    /// Connects in the background, for as long as it takes. Errors: `.address`, `.keys`.
    func start() throws(BusError) {
        try socket.configure(.tap)
        try socket.secureAsClient(keys, serverKey: keys.publicKey(of: .tap))
        for topic in options.topics(services: Role.allCases.map(\.rawValue)) { try socket.subscribe(topic) }
        try socket.subscribe(echo)
        try socket.connect(address)
        socket.onReadable { [weak self] in self?.drain() }
        if let deadline = options.deadline { BusLoop.after(deadline) { [weak self] in self?.timeIsUp() } }
        BusLoop.after(Self.patience) { [weak self] in self?.explainWaiting() }
        tellLosses()
        BusLoop.after(options.interval) { [weak self] in self?.tick() }
    }

    /// Ends as if all had been seen: the person pressed Ctrl-C.
    func interrupt() { end(options.expects ? Exit.unmet : Exit.done) }

    // MARK: Records

    private func drain() {
        var output: [UInt8] = []
        for _ in 0..<Socket.messagesPerTurn where !hasEnded {
            guard let frames = try? receive() else { break }
            if let bytes = take(frames) { output.append(contentsOf: bytes) }
            if view.isComplete { break }
        }
        guard !hasEnded else { return }
        if !output.isEmpty, !sink.write(output) { return end(Exit.done) }
        if view.isComplete { end(Exit.done) }
    }

    /// The frames of the next message, three at most; nil when there is none.
    private func receive() throws(BusError) -> [[UInt8]]? {
        var frame = Frame()
        guard try socket.receive(into: &frame) else { return nil }
        var frames = [frame.copy()]
        while frame.hasMore, try socket.receive(into: &frame) {
            if frames.count < 3 { frames.append(frame.copy()) }
        }
        return frames
    }

    private func take(_ frames: [[UInt8]]) -> [UInt8]? {
        if frames[0] == Array(echo.utf8) {
            subscribed()
            return nil
        }
        guard frames.count >= 2, frames[0].count <= Self.longestTopic else {
            unreadable += 1
            return nil
        }
        let topic = String(decoding: frames[0], as: UTF8.self)
        do throws(WireError) {
            let stamp = frames.count > 2 ? frames[2] : nil
            return view.take(try Sighting(topic: topic, record: frames[1], stamp: stamp))
        } catch {
            unreadable += 1
            return nil
        }
    }

    private func subscribed() {
        note(isSubscribed ? "subscribed again: the hub was away" : "subscribed")
        isSubscribed = true
    }

    // MARK: Time and end

    private func explainWaiting() {
        guard !isSubscribed, !hasEnded else { return }
        note("waiting for the hub at \(address): is `tap hub` running, and are these its cluster's keys?")
    }

    private func timeIsUp() {
        guard isSubscribed else {
            sink.note("tap: the hub at \(address) did not answer")
            return end(Exit.noHub)
        }
        if options.expects { sink.note("tap: what was expected did not come in time") }
        end(options.expects ? Exit.unmet : Exit.done)
    }

    /// Once a second, when there are new ones.
    private func tellLosses() {
        guard !hasEnded else { return }
        if view.losses.total > told.total, let text = view.lossNote { note("… \(text)") }
        told = view.losses
        BusLoop.after(.seconds(1)) { [weak self] in self?.tellLosses() }
    }

    /// Shows what is due by time: the table of `top`, a trace that has come to its end.
    private func tick() {
        guard !hasEnded else { return }
        let now = Moment.now
        if let bytes = view.tick(now - lastTick), !sink.write(bytes) { return end(Exit.done) }
        lastTick = now
        if view.isComplete { return end(Exit.done) }
        BusLoop.after(options.interval) { [weak self] in self?.tick() }
    }

    private func end(_ code: Int32) {
        guard !hasEnded else { return }
        hasEnded = true
        socket.close()
        if let bytes = view.finish() { _ = sink.write(bytes) }
        if isSubscribed { note(view.summary) }
        if unreadable > 0 { sink.note("tap: \(Quantity.text(count: unreadable)) records could not be read: newer?") }
        onEnd(code)
    }

    private func note(_ text: String) {
        if !options.isQuiet { sink.note(text) }
    }
}
