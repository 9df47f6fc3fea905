import Bus
import Loop
import Wire

/// What the services in session said of themselves last. On the bus's thread.
@BusLoop
final class ServiceRoll {
    /// One service, as metrics show it.
    struct Entry: Sendable {
        var service: String
        var instance: String
        var heartbeat: Heartbeat?
        /// Of its bus loop, in the last minute.
        var longestPause = Duration.zero
    }

    private struct Beats {
        var last: Heartbeat
        var pauses = RecentMaximum()

        init(_ heartbeat: Heartbeat) {
            last = heartbeat
            hear(heartbeat)
        }

        mutating func hear(_ heartbeat: Heartbeat) {
            last = heartbeat
            pauses.note(.milliseconds(heartbeat.tickGapMs), at: .now)
        }

        mutating func entry(_ service: String, _ instance: String) -> Entry {
            Entry(service: service, instance: instance, heartbeat: last, longestPause: pauses.value(at: .now))
        }
    }

    private var beats: [Peer: Beats] = [:]
    private var servers: [Server] = []
    private var audit: (source: Source, beats: Beats)?

    nonisolated init() {}

    /// Hears the heartbeats of a server's peers from now on.
    func watch(_ server: Server) {
        servers.append(server)
        server.onHeartbeat = { [unowned self] peer, heartbeat in
            if beats[peer]?.hear(heartbeat) == nil { beats[peer] = Beats(heartbeat) }
        }
    }

    /// Hears the heartbeats of a link's server.
    func watch(_ link: Link) {
        link.onHeartbeat = { [unowned self] source, heartbeat in
            if audit?.source == source { audit?.beats.hear(heartbeat) } else { audit = (source, Beats(heartbeat)) }
        }
    }

    /// Who is in session now, the audit service only when its link is up.
    func entries(isAuditUp: Bool) -> [Entry] {
        let peers = servers.flatMap(\.peers)
        beats = beats.filter { peers.contains($0.key) }
        var entries = peers.map { peer in
            beats[peer]?.entry(peer.service, peer.instance)
                ?? Entry(service: peer.service, instance: peer.instance, heartbeat: nil)
        }
        if isAuditUp, let source = audit?.source, let entry = audit?.beats.entry(source.service, source.instance) {
            entries.append(entry)
        }
        return entries
    }
}
