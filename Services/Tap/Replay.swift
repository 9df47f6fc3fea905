import Bus
import Loop
import Wire

/// Publishes a recording to a hub that was started for it (`tap hub replay`), with the spacing that it was recorded with.
///
/// It refuses any other hub: records of yesterday among those of today would be a lie. A live hub does not let a tap's
/// key publish, and only a replay hub subscribes to ``marker``; without having seen that, nothing is sent.
@BusLoop
final class Replay {
    /// Called once, with the exit code.
    var onEnd: @BusLoop (Int32) -> Void = { _ in }
    private(set) var sent = 0

    private let options: ReplayOptions
    private let records: [Sighting]
    private let address: String
    private let keys: KeyRing
    private let sink: any Sink
    private let socket: Socket
    private var isAdmitted = false
    private var isWatched = false
    private var started: Moment?
    private var hasEnded = false

    /// What only a replay hub subscribes to.
    nonisolated static let marker = "~replay"
    private static let patience = Duration.seconds(5)
    private static let recordsPerTurn = 256

    init(
        _ options: ReplayOptions,
        _ records: [Sighting],
        hub address: String,
        keys: KeyRing,
        sink: any Sink,
        context: Context = .shared
    ) throws(BusError) {
        self.options = options
        self.records = records.filter { options.filter.matches($0) }
        self.address = address
        self.keys = keys
        self.sink = sink
        socket = try Socket(.xpub, in: context)
    }

    /// Connects in the background. Errors: `.address`, `.keys`.
    func start() throws(BusError) {
        try socket.configure(.tap)
        try socket.refuseWhenFull()
        try socket.secureAsClient(keys, serverKey: keys.publicKey(of: .tap))
        try socket.connect(address)
        socket.onReadable { [weak self] in self?.takeSubscriptions() }
        BusLoop.after(Self.patience) { [weak self] in self?.refuse() }
    }

    private func refuse() {
        guard !isAdmitted else { return }
        sink.note("tap: no replay hub at \(address): start one with `tap hub replay`; a live one takes no recordings")
        end(Exit.noHub)
    }

    private func takeSubscriptions() {
        var frame = Frame()
        while !hasEnded, (try? socket.receive(into: &frame)) == true {
            let bytes = frame.copy()
            guard bytes.first == 1 else { continue }
            if bytes.dropFirst().elementsEqual(Self.marker.utf8) {
                isAdmitted = true
            } else {
                isWatched = true
            }
        }
        guard isAdmitted, started == nil else { return }
        if isWatched || options.isImpatient { return begin() }
        note("waiting for a tap that watches")
    }

    private func begin() {
        started = .now
        note("replaying")
        // The tap's other subscriptions are on their way behind the first.
        BusLoop.after(.milliseconds(100)) { [weak self] in
            self?.started = .now
            self?.play()
        }
    }

    private func play() {
        guard !hasEnded, let started, let first = records.first?.seenAt else { return end(Exit.done) }
        for _ in 0..<Self.recordsPerTurn {
            guard sent < records.count else { return end(Exit.done) }
            let record = records[sent]
            let wait = options.due(record.seenAt, first: first) - (Moment.now - started)
            if wait > .zero { return goOn(in: wait) }
            guard (try? socket.send([Array(record.topic.utf8), record.record])) == .accepted else {
                // The queue is full: a replay waits, since nobody but its taps waits with it.
                return goOn(in: .milliseconds(5))
            }
            sent += 1
        }
        goOn(in: .zero)
    }

    private func goOn(in wait: Duration) {
        BusLoop.after(wait) { [weak self] in self?.play() }
    }

    /// Ends early.
    func interrupt() { end(Exit.done) }

    private func end(_ code: Int32) {
        guard !hasEnded else { return }
        hasEnded = true
        socket.close(linger: code == Exit.done ? .seconds(2) : .zero)
        if isAdmitted { note("\(sent) of \(records.count) records replayed") }
        // What was sent last is still on its way to the hub.
        BusLoop.after(.milliseconds(code == Exit.done ? 250 : 0)) { [onEnd] in onEnd(code) }
    }

    private func note(_ text: String) {
        if !options.isQuiet { sink.note(text) }
    }
}
