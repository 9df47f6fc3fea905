import CEvent

/// One of libcurl's sockets as an event of libevent.
@NetLoop
final class WatchedSocket {
    let descriptor: CInt
    /// Whether libcurl has let go of it, for now.
    var isParked = false
    /// Held: whoever lets go of a client with open connections must not leave libevent with sockets of nobody's.
    private let multi: Multi
    private var event: OpaquePointer?
    private var events: Int16 = 0

    init(_ descriptor: CInt, _ multi: Multi) {
        self.descriptor = descriptor
        self.multi = multi
    }

    /// Watches for these events; nothing is done when they are watched for already.
    func watch(_ wanted: Int16) {
        isParked = false
        guard wanted != events else { return }
        unwatch()
        guard wanted != 0 else { return }
        let context = Unmanaged.passUnretained(self).toOpaque()
        event = event_new(NetLoop.reactor.base, descriptor, wanted | Int16(EV_PERSIST), socketReady, context)
        if let event, event_add(event, nil) == 0 { events = wanted }
    }

    func unwatch() {
        if let event { event_free(event) }
        event = nil
        events = 0
    }

    func close() { unwatch() }

    func fired(_ events: Int16) { multi.ready(self, events) }
}

private let readyDoor = NetLoop.door { (call: (WatchedSocket, Int16)) in call.0.fired(call.1) }

private func socketReady(_: CInt, _ events: Int16, _ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    readyDoor((Unmanaged<WatchedSocket>.fromOpaque(context).takeUnretainedValue(), events))
}
