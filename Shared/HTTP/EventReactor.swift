import CEvent
import Glibc
import Loop

/// What puts work off to the end of the loop's turn, where it is done once however often it was asked for.
protocol TurnEnd: AnyObject, Sendable {
    /// The turn ends: jobs and timers have run, and the loop is about to sleep.
    @NetLoop func turnEnded()
}

/// libevent's base as what a ``Loop`` sleeps in.
///
/// One timer event serves all of the loop's deadlines, and it is armed again only when the next deadline is earlier
/// than the one it is armed for: a wake-up too early is cheaper than an `event_add` each turn.
final class EventReactor: Reactor, @unchecked Sendable {
    // @unchecked: the base and everything armed on it belong to the loop's thread; other threads only ring the bell.

    let base: OpaquePointer
    private let bell = WakeDescriptor()
    private var bellEvent: OpaquePointer?
    private var timerEvent: OpaquePointer?
    private var armed: Moment?
    private var pending: [any TurnEnd] = []
    private var running: [any TurnEnd] = []

    /// Rounds of put-off work per turn: work that makes more of itself must let the sockets have a look in.
    private static let roundsPerTurn = 4

    init() {
        // epoll is in every kernel that this runs on: without it the build is wrong, not the input.
        guard let base = event_base_new() else { fatalError("libevent has no usable backend") }
        self.base = base
        bellEvent = event_new(base, bell.descriptor, Int16(EV_READ | EV_PERSIST), bellRang, context)
        timerEvent = event_new(base, -1, 0, deadlineReached, context)
        event_add(bellEvent, nil)
    }

    private var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Has `owner` called once before the loop sleeps next. Loop thread only.
    func atTurnEnd(_ owner: any TurnEnd) {
        pending.append(owner)
    }

    func prepare() {
        var rounds = Self.roundsPerTurn
        while !pending.isEmpty, rounds > 0 {
            rounds -= 1
            swap(&pending, &running)
            NetLoop.assumeIsolated { for owner in running { owner.turnEnded() } }
            running.removeAll(keepingCapacity: true)
        }
    }

    func turn(timeout: Duration?) {
        let sleeps = pending.isEmpty && arm(timeout)
        event_base_loop(base, sleeps ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK)
    }

    func wake() { bell.ring() }

    /// Arms the timer where it is needed; false when there is no time to sleep.
    private func arm(_ timeout: Duration?) -> Bool {
        guard let timeout else { return true }
        guard timeout > .zero else { return false }
        let deadline = Moment.now + timeout
        if let armed, armed <= deadline { return true }
        armed = deadline
        let nanoseconds = timeout.nanoseconds
        var interval = timeval(
            tv_sec: Int(nanoseconds / 1_000_000_000),
            tv_usec: Int((nanoseconds % 1_000_000_000) / 1_000)
        )
        event_add(timerEvent, &interval)
        return true
    }

    fileprivate func deadlinePassed() { armed = nil }
    fileprivate func bellWasRung() { bell.clear() }
}

private func bellRang(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
    if let context { Unmanaged<EventReactor>.fromOpaque(context).takeUnretainedValue().bellWasRung() }
}

private func deadlineReached(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
    if let context { Unmanaged<EventReactor>.fromOpaque(context).takeUnretainedValue().deadlinePassed() }
}
