public import Wire

extension Socket {
    /// Binds behind a gate of its own and proves that strangers are kept out; for sockets that are no ``Server``'s.
    ///
    /// Configure the socket before, read it after. Gives the endpoint, with the port that was chosen for port 0.
    /// Errors: `.address`, `.keys`, `.gate` when the gate is open; the service must then end (exit code 78).
    /// - Parameters:
    ///   - address: where to listen, `tcp://host:port`.
    ///   - purpose: a word for the gate's name.
    ///   - keys: the ring whose own pair the socket proves.
    ///   - admitted: the roles whose keys are let in.
    public func listen(
        _ address: String,
        as purpose: String,
        keys: KeyRing,
        admits admitted: Set<Role>
    ) async throws(BusError) -> String {
        guard address.hasPrefix("tcp://") else {
            throw BusError(.address, "\(address): only tcp:// is protected by CURVE here")
        }
        let domain = context.uniqueDomain(purpose)
        try Gatekeeper.of(context).open(domain, to: admitted, keys: keys)
        try secureAsServer(keys, domain: domain)
        let endpoint = try bind(address)
        try await Gatekeeper.selfTest(
            endpoint,
            serverKey: keys.own.publicKey,
            context: context,
            knockingAs: pattern.counterpart
        )
        return endpoint
    }

    /// Sends one message whole; for publishers and subscribers' upward messages.
    public func send(_ frames: [[UInt8]]) throws(BusError) -> Outcome { try send(to: nil, frames) }
}

extension Socket.Pattern {
    /// What connects to a socket of this pattern.
    fileprivate var counterpart: Socket.Pattern {
        switch self {
        case .router, .reply, .dealer: .dealer
        case .xsub, .sub: .xpub
        case .xpub: .sub
        case .pair: .pair
        }
    }
}
