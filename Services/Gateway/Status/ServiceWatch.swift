import Bus
import Loop
import Wire

/// Keeps the ``ServiceRegister`` by what the bus hears. On the bus's thread.
///
/// It watches beside the owners of a server and a link: what they do with hellos and goodbyes stays theirs.
@BusLoop
final class ServiceWatch {
    nonisolated static let auditService = "audit-service"
    nonisolated static let healthMonitor = "health-monitor"
    nonisolated static let imageWorker = "image-worker"

    private(set) var register: ServiceRegister

    nonisolated init() {
        register = ServiceRegister(expected: [Self.auditService, Self.healthMonitor], now: wallClockMicroseconds())
    }

    /// Watches a server's peers; called once its owner has set its callbacks, and before it is started.
    func watch(_ server: Server) {
        let (onHello, onHeartbeat, onDrain, onGone) = (
            server.onHello, server.onHeartbeat, server.onDrain, server.onGone
        )
        server.onHello = { [unowned self] peer, hello in
            if peer.role != .operator { joined(peer, hello) }
            return onHello(peer, hello)
        }
        server.onHeartbeat = { [unowned self] peer, heartbeat in
            let now = wallClockMicroseconds()
            register.heard(peer.service, peer.instance, boot: peer.boot, heartbeat, now: now, at: .now)
            onHeartbeat(peer, heartbeat)
        }
        server.onDrain = { [unowned self] peer, reason in
            let now = wallClockMicroseconds()
            register.draining(peer.service, peer.instance, boot: peer.boot, now: now)
            onDrain(peer, reason)
        }
        server.onGone = { [unowned self] peer, reason in
            let now = wallClockMicroseconds()
            register.gone(peer.service, peer.instance, boot: peer.boot, saidGoodbye: reason == .left, now: now)
            onGone(peer, reason)
        }
    }

    private func joined(_ peer: Peer, _ hello: Hello) {
        let now = wallClockMicroseconds()
        register.joined(
            ServiceRegister.Member(
                service: peer.service,
                instance: peer.instance,
                boot: peer.boot,
                version: hello.version,
                minor: hello.minor,
                slots: hello.slots,
                state: .up,
                since: now,
                lastSeen: now
            )
        )
    }

    /// Watches the one at a link's other end. An older one doesn't say its name and version in its welcome.
    func watch(_ link: Link, to service: String) {
        var current: (instance: String, boot: String)?
        let (onWelcome, onHeartbeat, onDrain, onDown) = (
            link.onWelcome, link.onHeartbeat, link.onDrain, link.onDown
        )
        link.onWelcome = { [unowned self] welcome in
            let now = wallClockMicroseconds()
            let instance = welcome.instance ?? service
            current = (instance, welcome.boot)
            register.joined(
                ServiceRegister.Member(
                    service: service,
                    instance: instance,
                    boot: welcome.boot,
                    version: welcome.version,
                    minor: welcome.minor,
                    state: .up,
                    since: now,
                    lastSeen: now
                )
            )
            onWelcome(welcome)
        }
        link.onHeartbeat = { [unowned self] source, heartbeat in
            if let current {
                let now = wallClockMicroseconds()
                register.heard(service, current.instance, boot: current.boot, heartbeat, now: now, at: .now)
            }
            onHeartbeat(source, heartbeat)
        }
        link.onDrain = { [unowned self] reason in
            if let current {
                let now = wallClockMicroseconds()
                register.draining(service, current.instance, boot: current.boot, now: now)
            }
            onDrain(reason)
        }
        link.onDown = { [unowned self] reason in
            if let current {
                let saidGoodbye = if case .goodbye = reason { true } else { false }
                let now = wallClockMicroseconds()
                register.gone(service, current.instance, boot: current.boot, saidGoodbye: saidGoodbye, now: now)
            }
            onDown(reason)
        }
    }
}
