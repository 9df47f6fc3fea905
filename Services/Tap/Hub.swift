import Bus
import Crypto
import Loop
import Telemetry
import Wire

/// Where services publish to and taps listen: one address for both, so that neither needs to know the other.
///
/// Records go down from an XSUB to an XPUB, subscriptions go up the other way, and nothing is kept. Its death costs
/// what was under way: services and taps connect again by themselves, and the subscriptions come with them. A slow
/// tap loses records at its own queue, without a word from libzmq; so each record leaves with the hub's number on it,
/// and the tap sees the gap.
///
/// This is a loop of our own and no `zmq_proxy`, whose blocking sends let one full queue stop both directions.
@BusLoop
final class Hub {
    /// Where services publish; known once started.
    private(set) var inAddress: String
    /// Where taps listen; known once started.
    private(set) var outAddress: String
    private(set) var ledger: HubLedger

    private let keys: KeyRing
    private let isReplay: Bool
    private let upper: Socket
    private let lower: Socket
    private var topic = Frame()
    private var record = Frame()

    /// The longest subscription and topic taken.
    private static let longestTopic = 128
    /// Before an echo: the way up to the services has none of its own, and this is ample for a local network.
    private static let settling = Duration.milliseconds(50)

    /// - Parameter isReplay: for recordings alone: it lets taps publish and no service.
    init(
        inAddress: String,
        outAddress: String,
        keys: KeyRing,
        isReplay: Bool = false,
        context: Context = .shared
    ) throws(BusError) {
        self.isReplay = isReplay
        self.inAddress = inAddress
        self.outAddress = outAddress
        self.keys = keys
        upper = try Socket(.xsub, in: context)
        lower = try Socket(.xpub, in: context)
        ledger = HubLedger(boot: Random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Binds both sides, each behind its gate. Errors: `.address`, `.keys`, `.gate`.
    func start() async throws(BusError) {
        try upper.configure(.tap)
        try lower.configure(.tap)
        inAddress = try await upper.listen(inAddress, as: "tap-in", keys: keys, admits: publishers)
        outAddress = try await lower.listen(outAddress, as: "tap-out", keys: keys, admits: [.tap, .operator])
        if isReplay { _ = try upper.send([[1] + Array(Replay.marker.utf8)]) }
        upper.onReadable { [weak self] in self?.passDown() }
        lower.onReadable { [weak self] in self?.passUp() }
    }

    /// Recordings come from taps, and nothing else does.
    private var publishers: Set<Role> {
        let readers: Set<Role> = [.tap, .operator]
        return isReplay ? readers : Set(Role.allCases).subtracting(readers)
    }

    func stop() {
        upper.close()
        lower.close()
        Log.info("the hub passed", ["records": Int(clamping: ledger.passed), "refused": Int(clamping: ledger.refused)])
    }

    // MARK: Records

    private func passDown() {
        for _ in 0..<Socket.messagesPerTurn {
            do throws(BusError) {
                guard try upper.receive(into: &topic) else { return }
                guard try takeRecord() else {
                    ledger.refuse()
                    continue
                }
                try deliver()
            } catch {
                Log.error("the hub could not pass a record on", ["reason": error.description])
                return
            }
        }
    }

    /// Reads the rest of the message that began with the topic; false when it isn't a topic and one frame more.
    private func takeRecord() throws(BusError) -> Bool {
        guard topic.hasMore, try upper.receive(into: &record) else { return false }
        var isWhole = topic.count <= Self.longestTopic
        var surplus = Frame()
        var more = record.hasMore
        while more {
            isWhole = false
            guard try upper.receive(into: &surplus) else { break }
            more = surplus.hasMore
        }
        return isWhole
    }

    /// An XPUB never says that a queue is full; it drops for that tap alone.
    private func deliver() throws(BusError) {
        let stamp = ledger.pass(topic.copy())
        guard try lower.forward(&topic, more: true) == .accepted else { return }
        guard try lower.forward(&record, more: true) == .accepted else { return }
        _ = try lower.send([stamp?.bytes ?? []])
    }

    // MARK: Subscriptions

    private func passUp() {
        var frame = Frame()
        for _ in 0..<Socket.messagesPerTurn {
            do throws(BusError) {
                guard try lower.receive(into: &frame) else { return }
                take(frame.copy())
            } catch {
                Log.error("the hub could not pass a subscription on", ["reason": error.description])
                return
            }
        }
    }

    /// A subscription is one byte (1 asks, 0 takes back) and a topic's beginning.
    private func take(_ subscription: [UInt8]) {
        guard let verb = subscription.first, verb <= 1, subscription.count <= Self.longestTopic else { return }
        let topic = Array(subscription.dropFirst())
        if Echo.isEcho(topic) {
            guard verb == 1 else { return }
            BusLoop.after(Self.settling) { [weak self] in
                _ = try? self?.lower.send([topic])
            }
        } else {
            _ = try? upper.send([subscription])
        }
    }
}
