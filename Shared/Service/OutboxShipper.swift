public import Bus
import JSON
import Loop
import SQLite
import Telemetry
import Wire

/// Carries out an ``OutboxMachine`` over a link and a database. Made by ``Outbox/ship(over:)``.
@BusLoop
public final class OutboxShipper {
    private static let waiting = Metrics.gauge(.outboxEvents)
    private static let shipped = Metrics.counter(.outboxShipped)
    private static let latency = Metrics.histogram(.auditAppendSeconds)

    private let outbox: Outbox
    private let link: Link
    private var stream: String
    private var machine: OutboxMachine
    private var loaded: [[UInt8]] = []
    /// The chain's head that came with the last acknowledgement since this process began; empty before.
    public private(set) var head = ""
    private var isLooking = false
    /// Since when events wait and none is acknowledged.
    private var stalledSince: Moment?
    /// The batch whose acknowledgement is timed.
    private var timed: (upto: UInt64, at: Moment)?
    private var timer: (timer: Loop.Timer, due: Moment)?
    private var onEmpty: [() -> Void] = []
    /// Why the audit service takes no events although it is there, in its own words; nil when it does.
    public private(set) var complaint: String?

    init(_ outbox: Outbox, _ link: Link) async throws {
        let state = try await outbox.store.read { db in
            let last = try db.int("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'") ?? 0
            let first = try db.int("SELECT min(seq) FROM outbox") ?? last + 1
            let stream = try db.text("SELECT value FROM outbox_meta WHERE name = 'stream'") ?? ""
            return (acknowledged: UInt64(first - 1), tail: UInt64(last), stream: stream)
        }
        self.outbox = outbox
        self.link = link
        stream = state.stream
        machine = OutboxMachine(acknowledged: state.acknowledged, tail: state.tail)
    }

    /// How many events wait for their acknowledgement.
    public var depth: UInt64 { machine.depth }

    /// How long events wait while none is acknowledged; zero when none waits.
    public var stalledFor: Duration { stalledSince.map { Moment.now - $0 } ?? .zero }

    /// Waits until everything is acknowledged; false when that doesn't happen in time.
    public func flush(within limit: Duration) async -> Bool {
        await lookNow()
        guard machine.depth > 0 else { return true }
        return await withCheckedContinuation { continuation in
            var isOpen = true
            let end = { (isEmpty: Bool) in
                guard isOpen else { return }
                isOpen = false
                continuation.resume(returning: isEmpty)
            }
            onEmpty.append { end(true) }
            BusLoop.after(limit) { end(false) }
        }
    }

    func attach() {
        let (onWelcome, onDown, onMessage) = (link.onWelcome, link.onDown, link.onMessage)
        let onMessageRefused = link.onMessageRefused
        link.onWelcome = { [weak self] welcome in
            onWelcome(welcome)
            if let self { perform(machine.up(.now)) }
        }
        link.onDown = { [weak self] reason in
            self?.complaint = nil
            self?.machine.down()
            self?.timed = nil
            onDown(reason)
        }
        link.onMessageRefused = { [weak self] error in
            self?.refused(error)
            onMessageRefused(error)
        }
        link.onMessage = { [weak self] message in
            if message.header.kind == .auditAppended { self?.take(message) } else { onMessage(message) }
        }
    }

    /// Something may have been committed.
    func look() {
        guard !isLooking else { return }
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in await lookNow() }
    }

    private func lookNow() async {
        isLooking = true
        let tail = try? await outbox.store.read { try $0.int("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'") }
        isLooking = false
        if let tail = tail ?? nil { perform(machine.committed(upto: UInt64(tail), now: .now)) }
    }

    private func take(_ message: Message) {
        guard let body = try? message.body(AuditAppended.self), body.stream == stream else {
            return Log.warning("an acknowledgement that isn't for this outbox", ["link": link.name])
        }
        head = body.head
        stalledSince = nil
        if let timed, body.upto >= timed.upto {
            Self.latency.observe(Moment.now - timed.at)
            self.timed = nil
        }
        complaint = nil
        perform(machine.acknowledge(upto: body.upto, now: .now))
        guard machine.depth == 0 else { return }
        let waiting = onEmpty
        onEmpty = []
        for resume in waiting { resume() }
    }

    private func refused(_ error: ServiceError) {
        guard error.retryable else { return }
        complaint = error.detail
        machine.postponed(by: .milliseconds(error.retryAfterMs ?? 1_000), now: .now)
        schedule()
    }

    private func perform(_ actions: [OutboxMachine.Action]) {
        for action in actions {
            switch action {
            case .load(let after, let limit, let session): load(after: after, limit: limit, session: session)
            case .send(let first, _): send(first)
            case .delete(let upto): delete(upto: upto)
            case .report(let from, let to): report(from: from, to: to)
            case .rename: rename()
            }
        }
        Self.waiting.set(Double(machine.depth))
        stalledSince = machine.depth == 0 ? nil : stalledSince ?? .now
        schedule()
    }

    private func load(after: UInt64, limit: Int, session: UInt64) {
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            do {
                let batch = try await outbox.store.read { try OutboxBatch(after: after, limit: limit, in: $0) }
                loaded = batch.events
                perform(machine.loaded(first: batch.first, last: batch.last, session: session, now: .now))
            } catch {
                Log.error("the outbox can't be read", ["error": "\(error)"])
                BusLoop.after(.seconds(1)) { [weak self] in
                    guard let self else { return }
                    perform(machine.loaded(first: 1, last: 0, session: session, now: .now) + machine.tick(.now))
                }
            }
        }
    }

    private func send(_ first: UInt64) {
        let events = loaded
        loaded = []
        if link.send(StoredAuditAppend(stream: stream, first: first, events: events)) {
            Self.shipped.add(events.count)
            if timed == nil { timed = (first + UInt64(events.count) - 1, .now) }
        } else {
            machine.refused(first: first, now: .now)
        }
    }

    /// A deletion that fails is made up for by the next one.
    private func delete(upto: UInt64) {
        let head = head
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            do {
                try await outbox.store.write { db in
                    try Outbox.delete(upto: Int64(clamping: upto), head: head, in: db)
                }
            } catch {
                Log.error("acknowledged events can't be deleted", ["error": "\(error)"])
            }
        }
    }

    private func report(from: UInt64, to: UInt64) {
        Log.error("audit events were lost", ["stream": stream, "from": from, "to": to])
        link.send(AuditGap(stream: stream, from: from, to: to, count: Int(clamping: to - from + 1), cause: "lost"))
    }

    private func rename() {
        Log.error("the audit service knows later events of this outbox: it came from a backup", ["stream": stream])
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            if let fresh = try? await outbox.rename() { stream = fresh }
            if link.isUp { perform(machine.up(.now)) }
        }
    }

    private func schedule() {
        guard let due = machine.deadline, timer.map({ due < $0.due }) ?? true else { return }
        if let timer { BusLoop.loop.cancel(timer.timer) }
        let next = BusLoop.after(due - .now) { [weak self] in
            guard let self else { return }
            timer = nil
            perform(machine.tick(.now))
        }
        timer = (next, due)
    }
}

/// Events read from the outbox's table, up to a batch's bounds.
struct OutboxBatch: Sendable {
    private(set) var first: UInt64 = 1
    private(set) var last: UInt64 = 0
    private(set) var events: [[UInt8]] = []

    init(after: UInt64, limit: Int, in db: Connection) throws {
        var bytes = 0
        let sql = "SELECT seq, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
        try db.each(sql, Int64(clamping: after), limit) { row in
            let number = UInt64(row.int64(0))
            let body = row.blob(1)
            bytes += body.count
            guard events.isEmpty || (bytes <= Outbox.Limits.batchBytes && number == last + 1) else { return false }
            if events.isEmpty { first = number }
            last = number
            events.append(Self.event(body))
            return true
        }
    }

    /// A damaged row must not hold up those behind it, nor vanish.
    private static func event(_ body: [UInt8]) -> [UInt8] {
        let isWhole = body.withUnsafeBytes { (try? JSONScanner.validate($0)) != nil }
        if isWhole { return body }
        return AuditEvent(
            id: ULID.next().description,
            at: WallClock.microseconds,
            auditClass: .security,
            eventType: "audit.unreadable",
            actor: "system",
            targetType: "outbox",
            targetID: "",
            targetName: "",
            notes: "an event of \(body.count) bytes was damaged in its outbox"
        ).encoded()
    }
}
