/// How much a client holds.
public struct ClientLimits: Sendable {
    /// Calls at a time; one more fails at once with `busy`.
    public var transfers = 8_192
    /// Idle connections kept for the next call, over all hosts.
    public var idleConnections = 1_024
    /// A response's head in bytes; past it `too_large`.
    public var headerBytes = 64 * 1024
    /// Response bytes held for a reader that has not asked for them; above it the connection is not read further.
    public var unreadMark = 256 * 1024

    /// The values above.
    public init() {}
}

/// Calls other servers: libcurl's multi interface on the net loop, with its connections kept alive and pooled.
///
/// HTTP/1.1 for `http:`, HTTP/2 where `https:` offers it; certificates are checked against the system's; redirects are
/// not followed, and proxies from the environment are ignored. A client lives as long as the process.
@NetLoop
public final class Client {
    /// The bounds.
    public let limits: ClientLimits
    /// One pool for each address policy, so that no call rides on a connection that its own policy would refuse.
    private var multis: [AddressPolicy: Multi] = [:]
    private var lastMulti: Multi?

    /// A client with a pool of its own.
    public init(limits: ClientLimits = ClientLimits()) {
        self.limits = limits
    }

    /// Calls in progress.
    public var transferCount: Int { multis.values.reduce(0) { $0 + $1.count } }

    /// Sockets that the loop watches for this client.
    var watchedCount: Int { multis.values.reduce(0) { $0 + $1.watchedCount } }

    /// Starts a call. It runs whether or not somebody waits for it: cancel it, or a task that waits for it, to end it.
    ///
    /// Failures, also those of the request itself, come from the transfer.
    public func start(_ request: ClientRequest) -> Transfer {
        let multi = multi(for: request.policy)
        let transfer = Transfer(request, limits, multi)
        multi.start(transfer)
        return transfer
    }

    private func multi(for policy: AddressPolicy) -> Multi {
        if let lastMulti, lastMulti.policy == policy { return lastMulti }
        let multi = multis[policy] ?? Multi(limits, policy)
        multis[policy] = multi
        lastMulti = multi
        return multi
    }
}
