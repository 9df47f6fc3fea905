import Bus
import Crypto
import Loop
import Service
import Wire

/// Sends events to an audit service as an outbox does: batches of 128, four under way, cumulative acknowledgements.
@BusLoop
final class AuditLoad {
    private static let batch = 128
    private static let window = 4

    private let link: Link
    private let stream = "bench"
    /// Those of this round, made before its time begins.
    private var events: [[UInt8]] = []
    private var firstOfRound: UInt64 = 0
    private var sent: UInt64 = 0
    private var acknowledged: UInt64 = 0
    private var goal: UInt64 = 0
    private var refusal: String?
    private var waiter: CheckedContinuation<Bool, Never>?

    /// A load on the service at that address, with the operator's key out of `keys`.
    init(address: String, keys: String) throws {
        let identity = Identity(service: "martlet", instance: "bench")
        link = Link(
            name: "audit",
            to: address,
            serverRole: .auditService,
            keys: try KeyRing.load(directory: keys, role: .operator),
            source: identity.source,
            hello: { identity.hello(.operator) }
        )
    }

    /// Events like a gateway's, as bytes; each is about something new, as most are.
    nonisolated static func samples(_ count: Int) -> [[UInt8]] {
        (0..<count).map { number in
            AuditEvent(
                id: ULID.next().description,
                at: wallClockMicroseconds(),
                auditClass: .security,
                eventType: number % 3 == 0 ? "connector.created" : "image.succeeded",
                actor: "usr_01K0000000000000000000000\(number % 10)",
                targetType: "image",
                targetID: "img_\(ULID.next())",
                targetName: "job_01K00000000000000000000000",
                notes: "sha256 0f343b0931126a20f133d67c2b018a3b5b1f0c1a2f3e4d5c6b7a89900aabbccd"
            ).encoded()
        }
    }

    /// Waits for the session.
    func open() async throws(CommandError) {
        link.onWelcome = { [weak self] _ in self?.end(true) }
        link.onMessage = { [weak self] message in self?.take(message) }
        do {
            try link.start()
        } catch {
            throw CommandError(.failed, error.message)
        }
        guard await wait(within: .seconds(10)) else {
            throw CommandError(.unavailable, "the audit service doesn't answer")
        }
    }

    /// Has that many more events committed, and gives the time that it took.
    func append(_ count: Int) async throws(CommandError) -> Duration {
        events = Self.samples(count)
        firstOfRound = sent
        let start = Moment.now
        goal += UInt64(count)
        pump()
        guard await wait(within: .seconds(120)), refusal == nil else {
            throw CommandError(.failed, refusal ?? "the audit service took longer than two minutes")
        }
        return Moment.now - start
    }

    func close() { link.close() }

    // MARK: Inside

    private func wait(within limit: Duration) async -> Bool {
        let timer = BusLoop.after(limit) { [weak self] in self?.end(false) }
        defer { BusLoop.loop.cancel(timer) }
        return await withCheckedContinuation { waiter = $0 }
    }

    private func end(_ isDone: Bool) {
        waiter?.resume(returning: isDone)
        waiter = nil
    }

    private func take(_ message: Message) {
        if let error = try? message.body(ServiceError.self) {
            refusal = error.detail
            return end(false)
        }
        guard message.header.kind == .auditAppended, let body = try? message.body(AuditAppended.self) else { return }
        acknowledged = body.upto
        if acknowledged >= goal { return end(true) }
        pump()
    }

    private func pump() {
        while sent < goal, sent - acknowledged < UInt64(Self.window * Self.batch) {
            let count = min(Int(goal - sent), Self.batch)
            let start = Int(sent - firstOfRound)
            let batch = StoredAuditAppend(stream: stream, first: sent + 1, events: Array(events[start..<start + count]))
            guard link.send(batch) else {
                refusal = "the link takes no more"
                return end(false)
            }
            sent += UInt64(count)
        }
    }
}
