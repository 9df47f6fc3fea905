import CZeroMQ
internal import Loop

extension Socket {
    func set(_ option: CInt, _ value: CInt) throws(BusError) {
        guard let raw else { throw .socketClosed }
        var value = value
        guard zmq_setsockopt(raw, option, &value, MemoryLayout<CInt>.size) == 0 else {
            throw .last(.system, "socket option \(option)")
        }
    }

    func setWide(_ option: CInt, _ value: Int64) throws(BusError) {
        guard let raw else { throw .socketClosed }
        var value = value
        guard zmq_setsockopt(raw, option, &value, MemoryLayout<Int64>.size) == 0 else {
            throw .last(.system, "socket option \(option)")
        }
    }

    func set(_ option: CInt, _ value: String) throws(BusError) {
        guard let raw else { throw .socketClosed }
        guard zmq_setsockopt(raw, option, value, value.utf8.count) == 0 else {
            throw .last(.system, "socket option \(option)")
        }
    }

    /// Sets what every link has in common and what its profile says. Call it before the address.
    ///
    /// ZMTP's own heartbeats stay off. In every libzmq up to now they end the process (`!_io_error`, issue 4364, also
    /// 3937 and 4767): a receive queue is full, the connection breaks, and the heartbeat's timer fires before the
    /// queue is read. A loop that stands still for two seconds while a peer dies would be enough. Sessions have
    /// heartbeats of their own, which say more; for a half-open connection the kernel watches: keep-alive when it is
    /// idle, the bound on unacknowledged data (TCP_USER_TIMEOUT) when it is not.
    public func configure(_ profile: Profile) throws(BusError) {
        let timeout = profile.connectionTimeout
        try setWide(ZMQ_AFFINITY, Int64(bitPattern: profile.affinity))
        try set(ZMQ_SNDHWM, profile.highWater)
        try set(ZMQ_RCVHWM, profile.highWater)
        try setWide(ZMQ_MAXMSGSIZE, profile.maxFrameBytes)
        try set(ZMQ_IMMEDIATE, 1)
        try set(ZMQ_HEARTBEAT_IVL, 0)
        try set(ZMQ_TCP_KEEPALIVE, 1)
        try set(ZMQ_TCP_KEEPALIVE_IDLE, 2)
        try set(ZMQ_TCP_KEEPALIVE_INTVL, 2)
        try set(ZMQ_TCP_KEEPALIVE_CNT, CInt(clamping: max(1, timeout.milliseconds / 2_000)))
        try set(ZMQ_TCP_MAXRT, CInt(clamping: timeout.milliseconds))
        try set(ZMQ_HANDSHAKE_IVL, 5_000)
        try set(ZMQ_CONNECT_TIMEOUT, 3_000)
        try set(ZMQ_RECONNECT_IVL, CInt(clamping: profile.reconnectAfter.milliseconds))
        try set(ZMQ_RECONNECT_IVL_MAX, CInt(clamping: profile.reconnectAtMost.milliseconds))
        try set(ZMQ_IPV6, 0)
    }

    func value(of option: CInt) throws(BusError) -> CInt {
        guard let raw else { throw .socketClosed }
        var value: CInt = 0
        var size = MemoryLayout<CInt>.size
        guard zmq_getsockopt(raw, option, &value, &size) == 0 else { throw .last(.system, "socket option \(option)") }
        return value
    }

    /// Makes the socket accept none but those whom the gatekeeper lets into `domain`.
    public func secureAsServer(_ keys: KeyRing, domain: String) throws(BusError) {
        try set(ZMQ_CURVE_SERVER, 1)
        try set(ZMQ_CURVE_SECRETKEY, keys.own.secret)
        try set(ZMQ_ZAP_DOMAIN, domain)
    }

    /// Makes the socket talk to none but the holder of that role's key.
    public func secureAsClient(_ keys: KeyRing, serverKey: String) throws(BusError) {
        try set(ZMQ_CURVE_SERVERKEY, serverKey)
        try set(ZMQ_CURVE_PUBLICKEY, keys.own.publicKey)
        try set(ZMQ_CURVE_SECRETKEY, keys.own.secret)
    }

    /// Lets an XPUB say "full" instead of dropping in silence; for one that has a single peer.
    public func refuseWhenFull() throws(BusError) { try set(ZMQ_XPUB_NODROP, 1) }

    /// Passes every subscription on, also repeated ones, so that a new follower can wait for its own echo.
    public func reportEverySubscription() throws(BusError) { try set(ZMQ_XPUB_VERBOSE, 1) }

    /// Asks for messages whose first frame begins like that; for a subscriber.
    public func subscribe(_ prefix: String) throws(BusError) { try set(ZMQ_SUBSCRIBE, prefix) }

    /// Takes a subscription back.
    public func unsubscribe(_ prefix: String) throws(BusError) { try set(ZMQ_UNSUBSCRIBE, prefix) }
}
