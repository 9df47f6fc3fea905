import Bus
import Loop
import SQLite
import Telemetry

/// Two workers of one name.
extension JobDesk {
    /// Both go on working under one name: an image is leased to a process, not to a name. That the trail can't tell them
    /// apart is itself on the trail.
    func recordNamesake(_ peer: Peer) {
        Task(executorPreference: BusLoop.loop) { [commit, audit = store.audit] in
            do {
                try await commit.write { db in
                    try audit.record(
                        "worker.name_shared",
                        by: "gateway",
                        on: .init(type: "worker", id: peer.instance, name: peer.instance),
                        notes: "Two image workers have this name.",
                        in: db
                    )
                }
            } catch {
                Log.error("a shared name could not be written down", ["reason": "\(error)"])
            }
        }
    }
}
