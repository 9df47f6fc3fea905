import CZeroMQ
import Glibc
internal import Loop

/// A reactor that waits for ZeroMQ sockets and a bell with `zmq_poll`.
///
/// `zmq_poll` asks every socket for its events anew on each call. ZMQ_FD in someone else's epoll would be
/// edge-triggered and changed by every send and receive, and would lose wake-ups. Only readability is watched: a
/// ROUTER with ROUTER_MANDATORY is writable as soon as any one of its peers is, so writability tells nothing.
final class Poller: Reactor, @unchecked Sendable {
    // @unchecked: `watches`, `items` and `ready` are touched by the loop's thread alone; `bell` is immutable.

    /// One socket and what is called when it has messages.
    final class Watch {
        let socket: UnsafeMutableRawPointer
        let onReadable: @BusLoop () -> Void
        var isActive = true

        init(socket: UnsafeMutableRawPointer, onReadable: @escaping @BusLoop () -> Void) {
            self.socket = socket
            self.onReadable = onReadable
        }
    }

    private let bell = WakeDescriptor()
    private var watches: [Watch] = []
    private var items: [zmq_pollitem_t] = []
    private var ready: [Watch] = []

    func wake() { bell.ring() }

    /// Starts watching; the handler takes a bounded number of messages and is called again while some are left.
    @BusLoop
    func watch(_ socket: UnsafeMutableRawPointer, _ onReadable: @escaping @BusLoop () -> Void) -> Watch {
        let watch = Watch(socket: socket, onReadable: onReadable)
        watches.append(watch)
        items.removeAll(keepingCapacity: true)
        return watch
    }

    /// Stops watching, at once even in the middle of a turn: the socket may be closed right after.
    @BusLoop
    func unwatch(_ watch: Watch) {
        watch.isActive = false
        watches.removeAll { $0 === watch }
        items.removeAll(keepingCapacity: true)
    }

    func turn(timeout: Duration?) {
        if items.isEmpty { rebuildItems() }
        let count = zmq_poll(&items, CInt(items.count), timeout.map { Int(pollMilliseconds($0)) } ?? -1)
        // A signal (EINTR) ends the turn; the loop's next one polls again.
        guard count > 0 else { return }
        if items[0].revents != 0 { bell.clear() }
        for index in watches.indices where items[index + 1].revents != 0 { ready.append(watches[index]) }
        for watch in ready where watch.isActive { BusLoop.assumeIsolated(watch.onReadable) }
        ready.removeAll(keepingCapacity: true)
    }

    private func rebuildItems() {
        items.append(zmq_pollitem_t(socket: nil, fd: bell.descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        for watch in watches {
            items.append(zmq_pollitem_t(socket: watch.socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        }
    }
}
