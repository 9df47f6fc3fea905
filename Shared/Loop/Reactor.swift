import CLinux
import Glibc

/// What a loop sleeps in: libevent's base, `zmq_poll`, or a plain park.
public protocol Reactor: AnyObject, Sendable {
    /// Does what was put off to the end of the turn, such as flushing output. Called on the loop's thread after its
    /// jobs and timers and before the time to sleep is worked out, so jobs and timers made here are seen.
    func prepare()

    /// Sleeps until something is ready, ``wake()`` was called or the time is up, then handles what is ready.
    /// `nil` waits for ever, `.zero` only looks. Called on the loop's thread alone.
    func turn(timeout: Duration?)

    /// Ends the present or the next ``turn(timeout:)`` at once. Called from any thread; calls may coalesce.
    func wake()
}

extension Reactor {
    /// Most reactors put nothing off.
    public func prepare() {}
}

/// A counter in the kernel that one thread waits for and any thread can ring.
public struct WakeDescriptor: Sendable {
    /// The file descriptor, readable while rung.
    public let descriptor: CInt

    /// Opens an eventfd. It lives as long as the process: loops are never taken down before it.
    public init() {
        descriptor = eventfd(0, CInt(EFD_NONBLOCK) | CInt(EFD_CLOEXEC))
        precondition(descriptor >= 0, "eventfd: errno \(errno)")
    }

    /// Rings; safe from any thread.
    public func ring() {
        _ = eventfd_write(descriptor, 1)
    }

    /// Takes all rings so far.
    public func clear() {
        var value: eventfd_t = 0
        _ = eventfd_read(descriptor, &value)
    }
}

/// A reactor with nothing to watch: the loop sleeps until it is given work. SQLite's and libvips' threads use it.
public final class Park: Reactor {
    private let bell = WakeDescriptor()

    /// A park of its own.
    public init() {}

    /// Sleeps until rung or until the time is up.
    public func turn(timeout: Duration?) {
        var entry = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&entry, 1, pollMilliseconds(timeout)) > 0 { bell.clear() }
    }

    /// Ends the sleep.
    public func wake() { bell.ring() }
}

/// A duration as poll(2) wants it: −1 for ever, otherwise rounded up so that a deadline isn't polled for in a spin.
public func pollMilliseconds(_ timeout: Duration?) -> CInt {
    guard let timeout else { return -1 }
    let nanoseconds = max(0, timeout.nanoseconds)
    return CInt(clamping: (nanoseconds + 999_999) / 1_000_000)
}
