/// Why a ``Link`` lost its session. It greets again by itself in every case but `closed`.
public enum DownReason: Sendable, Equatable, CustomStringConvertible {
    /// The connection broke.
    case disconnected
    /// Nothing was heard for three heartbeats.
    case silent
    /// The server did not know us: it had forgotten the session.
    case challenged
    /// A message came from another boot of the server.
    case restarted
    /// The server said goodbye, for that reason; after ``Farewell/replaced`` the link waits a minute.
    case goodbye(String)
    /// This side asked to begin anew.
    case renewed
    /// The link was closed on this side.
    case closed

    /// One word, bounded: fit for a metric's label.
    public var description: String {
        switch self {
        case .disconnected: "disconnected"
        case .silent: "silent"
        case .challenged: "challenged"
        case .restarted: "restarted"
        case .goodbye: "goodbye"
        case .renewed: "renewed"
        case .closed: "closed"
        }
    }
}

/// The reasons given in `service.bye` and `service.drain`.
public enum Farewell: String, Sendable, CaseIterable {
    /// The process was asked to end.
    case term
    /// Another process with the same instance name is in session.
    case replaced
    /// The server holds as many peers as it may.
    case full
}
