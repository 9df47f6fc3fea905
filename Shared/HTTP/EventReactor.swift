import CEvent
import Glibc
import Loop
import Synchronization

/// libevent's base as what a ``Loop`` sleeps in.
///
/// One timer event serves all of the loop's deadlines, and it is armed again only when the next deadline is earlier
/// than the one it is armed for: a wake-up too early is cheaper than an `event_add` each turn. Work that should happen
/// once per turn, such as flushing output that several callbacks wrote, waits in ``beforeSleep(_:)``.
final class EventReactor: Reactor, @unchecked Sendable {
    // @unchecked: the base and everything armed on it belong to the loop's thread; other threads only ring the bell.

    let base: OpaquePointer
    private let bell = WakeDescriptor()
    private var bellEvent: OpaquePointer?
    private var timerEvent: OpaquePointer?
    private var armed: Moment?
    private var pending: [@NetLoop () -> Void] = []
    private var running: [@NetLoop () -> Void] = []

    init() {
        guard let base = event_base_new() else { fatalError("libevent has no usable backend") }
        self.base = base
        bellEvent = event_new(base, bell.descriptor, Int16(EV_READ | EV_PERSIST), bellRang, context)
        timerEvent = event_new(base, -1, 0, deadlineReached, context)
        event_add(bellEvent, nil)
    }

    private var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Runs `action` on the loop before it sleeps next, after the jobs and timers of this turn. Loop thread only.
    func beforeSleep(_ action: @escaping @NetLoop () -> Void) {
        pending.append(action)
    }

    func turn(timeout: Duration?) {
        while !pending.isEmpty { runPending() }
        // What ran just now may have made jobs or timers that the loop has not seen: then only look.
        let flags = prepare(timeout) ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK
        event_base_loop(base, flags)
    }

    func wake() { bell.ring() }

    private func runPending() {
        swap(&pending, &running)
        for action in running { NetLoop.assumeIsolated(action) }
        running.removeAll(keepingCapacity: true)
    }

    /// Arms the timer where it is needed; false when there is nothing to sleep for.
    private func prepare(_ timeout: Duration?) -> Bool {
        guard let timeout else { return true }
        guard timeout > .zero else { return false }
        let deadline = Moment.now + timeout
        if let armed, armed <= deadline { return true }
        armed = deadline
        let nanoseconds = timeout.nanoseconds
        var interval = timeval(
            tv_sec: Int(nanoseconds / 1_000_000_000),
            tv_usec: Int((nanoseconds % 1_000_000_000 + 999) / 1_000)
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
