public import Wire

/// The other end of one session at a ``Server``: who it is, and which connection it came by.
///
/// A peer stands for a session, not for a process: the same process that comes back is another peer, and nothing
/// that was sent to the former one may be taken for delivered.
public struct Peer: Sendable, Hashable, CustomStringConvertible {
    /// The service that it says it is, such as `image-worker`.
    public let service: String
    /// Its stable name.
    public let instance: String
    /// Random per start of the process.
    public let boot: String
    /// The role whose key it proved to hold.
    public let role: Role
    /// The session's number, unique at its server.
    public let number: UInt64
    let routing: RoutingID

    /// Two peers are the same when their sessions are.
    public static func == (left: Peer, right: Peer) -> Bool { left.number == right.number && left.boot == right.boot }

    /// By session.
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }

    /// For people.
    public var description: String { "\(service) \(instance) (boot \(boot), session \(number))" }
}

/// Why a session ended, as a ``Server`` sees it.
public enum GoneReason: String, Sendable, CaseIterable {
    /// It said goodbye.
    case left
    /// Its connection is closed: the process has ended, or the network has.
    case disconnected
    /// Nothing was heard for three heartbeats over a connection that stands. It may still live: leases decide, not this.
    case silent
    /// Another process with the same instance name took its place.
    case replaced
    /// The same process said hello again, usually over a new connection; its `onHello` follows at once.
    case renewed
}

/// What a ROUTER calls a connection: bytes that libzmq chose, new with each connection.
struct RoutingID: Hashable, Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
}
