import CCurl
import CEvent
import Glibc
import Loop

/// One of libcurl's multi handles on the net loop: its sockets are libevent's events, its timer is the loop's.
///
/// Connections that libcurl lets go of stay watched ("parked"), since it nearly always wants them again for the next
/// call; one that fires while parked is taken off. Only what was opened through ``open(_:_:_:_:)`` is parked, for only
/// its closing is told: the pipe from the resolver's thread is closed without a word, and a watch left on its number
/// would make the next socket of that number deaf. New calls and resumed ones are put in motion
/// together at the end of the loop's turn.
@NetLoop
final class Multi: TurnEnd {
    let policy: AddressPolicy
    private let limits: ClientLimits
    private let raw: UnsafeMutableRawPointer
    private var sockets: [CInt: WatchedSocket] = [:]
    private var connections: Set<CInt> = []
    private var transfers: [Transfer] = []
    private var idle: [EasyHandle] = []

    /// How deep in libcurl the loop is; its functions must not be entered from its own callbacks.
    private var depth = 0
    private var released: [EasyHandle] = []
    private var unpaused: [Transfer] = []
    private var isKickPut = false
    private var mustKick = false

    private var curlDeadline: Moment?
    private var curlTimer: Loop.Timer?
    private var curlTimerMoment = Moment(nanoseconds: .max)
    private var sweepMoment = Moment(nanoseconds: .max)
    private var sweepTimer: Loop.Timer?

    /// How late a deadline may be noticed: calls are looked over together, not each by a timer of its own.
    private static let sweepGrain: Duration = .milliseconds(20)
    private static let idleHandles = 512
    private static let globalInit: Void = {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    }()

    init(_ limits: ClientLimits, _ policy: AddressPolicy) {
        Self.globalInit
        // Only an exhausted heap gets here, and a process that can't make a pool at its start can't serve.
        guard let raw = curl_multi_init() else { fatalError("libcurl gives no multi handle: out of memory") }
        self.raw = raw
        self.limits = limits
        self.policy = policy
        let context = Unmanaged.passUnretained(self).toOpaque()
        martlet_multi_set_socket(raw, socketWanted, context)
        martlet_multi_set_timer(raw, timerWanted, context)
        martlet_multi_set_long(raw, CURLMOPT_MAXCONNECTS, limits.idleConnections)
    }

    /// Calls in progress.
    var count: Int { transfers.count }

    /// Sockets watched, parked ones too.
    var watchedCount: Int { sockets.count }

    // MARK: Calls

    func start(_ transfer: Transfer) {
        guard transfers.count < limits.transfers else {
            return transfer.finish(HTTPError(.busy, "Too many calls at a time."))
        }
        guard let easy = idle.popLast() ?? EasyHandle(self) else {
            return transfer.finish(HTTPError(.unexpected, "libcurl gives no handle."))
        }
        transfer.slot = transfers.count
        transfers.append(transfer)
        transfer.easy = easy
        easy.transfer = transfer
        guard easy.prepare(transfer.request) else {
            return transfer.finish(HTTPError(.invalidRequest, "The request can't be sent as it is."))
        }
        let code = inCurl { curl_multi_add_handle(raw, easy.raw) }
        guard code == CURLM_OK else {
            return transfer.finish(HTTPError(.unexpected, "libcurl takes no call.", number: Int(code.rawValue)))
        }
        if let next = transfer.deadlines.next { sweep(by: next) }
    }

    /// Takes a call out: an unfinished one's connection is closed by libcurl.
    func release(_ transfer: Transfer) {
        guard transfer.slot >= 0, let easy = transfer.easy else { return }
        let last = transfers.removeLast()
        if last !== transfer {
            transfers[transfer.slot] = last
            last.slot = transfer.slot
        }
        transfer.slot = -1
        transfer.easy = nil
        released.append(easy)
        if depth == 0 { removeReleased() } else { putKick() }
    }

    private func removeReleased() {
        while let easy = released.popLast() {
            inCurl { _ = curl_multi_remove_handle(raw, easy.raw) }
            // The request's body is freed with the transfer, and only now has libcurl let go of it.
            easy.clear()
            if idle.count < Self.idleHandles { idle.append(easy) } else { easy.close() }
        }
    }

    func unpause(_ transfer: Transfer) {
        unpaused.append(transfer)
        putKick()
    }

    // MARK: Driving libcurl

    private func putKick() {
        guard !isKickPut else { return }
        isKickPut = true
        NetLoop.reactor.atTurnEnd(self)
    }

    func turnEnded() {
        isKickPut = false
        removeReleased()
        let resumed = unpaused
        unpaused.removeAll(keepingCapacity: true)
        for transfer in resumed where !transfer.isPaused && !transfer.isCurlPaused {
            if let easy = transfer.easy { inCurl { _ = curl_easy_pause(easy.raw, CURLPAUSE_CONT) } }
        }
        if mustKick || !resumed.isEmpty { act(CURL_SOCKET_TIMEOUT, 0) }
    }

    private func inCurl<T>(_ body: () -> T) -> T {
        depth += 1
        defer { depth -= 1 }
        return body()
    }

    /// Has libcurl do what a socket or the time asks for, then ends the calls that are over.
    private func act(_ descriptor: CInt, _ flags: CInt) {
        if descriptor == CURL_SOCKET_TIMEOUT { mustKick = false }
        var running: CInt = 0
        _ = inCurl { curl_multi_socket_action(raw, descriptor, flags, &running) }
        if !released.isEmpty { removeReleased() }
        var result = CURLE_OK
        while let raw = martlet_multi_done(raw, &result) {
            guard let easy = Self.handle(raw), let transfer = easy.transfer else { continue }
            transfer.finish(Self.failure(result, easy, transfer))
        }
    }

    private static func handle(_ raw: UnsafeMutableRawPointer) -> EasyHandle? {
        var context: UnsafeMutableRawPointer?
        guard martlet_get_pointer(raw, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: Sockets

    func wanted(_ descriptor: CInt, _ what: CInt) {
        guard what != CURL_POLL_REMOVE else {
            if connections.contains(descriptor) { sockets[descriptor]?.isParked = true } else { forget(descriptor) }
            return
        }
        let events: Int16 =
            switch what {
            case CURL_POLL_IN: Int16(EV_READ)
            case CURL_POLL_OUT: Int16(EV_WRITE)
            case CURL_POLL_INOUT: Int16(EV_READ | EV_WRITE)
            default: 0
            }
        if let socket = sockets[descriptor] {
            socket.watch(events)
        } else {
            let socket = WatchedSocket(descriptor, self)
            sockets[descriptor] = socket
            socket.watch(events)
        }
    }

    func ready(_ socket: WatchedSocket, _ events: Int16) {
        if socket.isParked { socket.unwatch() }
        var flags: CInt = 0
        if events & Int16(EV_READ) != 0 { flags |= CURL_CSELECT_IN }
        if events & Int16(EV_WRITE) != 0 { flags |= CURL_CSELECT_OUT }
        act(socket.descriptor, flags)
    }

    /// libcurl is about to close a socket: its number may come again for another.
    func closing(_ descriptor: CInt) {
        connections.remove(descriptor)
        forget(descriptor)
    }

    private func forget(_ descriptor: CInt) {
        sockets.removeValue(forKey: descriptor)?.close()
    }

    /// Opens a socket when the policy allows its address.
    func open(_ family: CInt, _ type: CInt, _ networkProtocol: CInt, _ address: SocketAddress?) -> CInt {
        guard let address, policy.allows(address) else {
            refusals += 1
            return -1
        }
        let descriptor = martlet_socket(family, type, networkProtocol)
        if descriptor >= 0 { connections.insert(descriptor) }
        return descriptor
    }

    /// Addresses refused so far; a call that fails to connect while this grew was refused.
    private(set) var refusals = 0

    // MARK: Time

    /// libcurl wants to be called after that many milliseconds; −1 takes that back.
    func wantsTimer(_ milliseconds: Int) {
        guard milliseconds >= 0 else {
            curlDeadline = nil
            return
        }
        if milliseconds == 0 {
            curlDeadline = nil
            mustKick = true
            return putKick()
        }
        let deadline = Moment.now + .milliseconds(milliseconds)
        curlDeadline = deadline
        guard deadline < curlTimerMoment else { return }
        if let curlTimer { NetLoop.cancel(curlTimer) }
        armCurlTimer(deadline)
    }

    private func armCurlTimer(_ deadline: Moment) {
        curlTimerMoment = deadline
        curlTimer = NetLoop.after(deadline - .now) { self.curlTimerFired() }
    }

    private func curlTimerFired() {
        curlTimer = nil
        curlTimerMoment = Moment(nanoseconds: .max)
        guard let curlDeadline else { return }
        guard curlDeadline <= .now else { return armCurlTimer(curlDeadline) }
        self.curlDeadline = nil
        act(CURL_SOCKET_TIMEOUT, 0)
    }

    private func sweep(by moment: Moment) {
        guard moment < sweepMoment else { return }
        if let sweepTimer { NetLoop.cancel(sweepTimer) }
        sweepMoment = moment
        sweepTimer = NetLoop.after(moment - .now) { self.sweep() }
    }

    /// Ends the calls whose time is over and looks when to look again.
    private func sweep() {
        sweepTimer = nil
        sweepMoment = Moment(nanoseconds: .max)
        let now = Moment.now
        var next: Moment?
        for transfer in transfers {
            if let failure = transfer.deadlines.failure(now: now) {
                transfer.finish(failure)
            } else if let moment = transfer.deadlines.next {
                next = min(next ?? moment, moment)
            }
        }
        if let next { sweep(by: max(next, now + Self.sweepGrain)) }
    }
}
