internal import Wire

/// The socket options of a kind of link, with the reasons for their numbers.
///
/// | profile | I/O thread | messages queued each way | largest frame | unacknowledged until the connection is cut |
/// |---|---|---|---|---|
/// | jobs | 1 | 64 | a whole attachment, 32 MiB | 15 s: a picture may take a while on a slow line |
/// | control | 1 | 256 | 2 MiB | 6 s |
/// | audit | 3 | 64 (batches) | 2 MiB | 6 s |
/// | tap | 2 | 1,000 | 256 KiB | 6 s |
///
/// libzmq's limit counts one frame, and what breaks it is lost without a word, connection included; so the sender
/// checks the limits of the wire protocol before it sends.
public struct Profile: Sendable, Equatable {
    /// The I/O threads that may serve the socket, as a bit mask.
    public var affinity: UInt64
    /// Messages that may wait in each direction, for each peer.
    public var highWater: CInt
    /// The largest frame accepted, in bytes.
    public var maxFrameBytes: Int64
    /// How long the peer's kernel may leave data or probes unacknowledged before the connection is cut.
    public var connectionTimeout: Duration
    /// The first pause before connecting again; libzmq adds up to as much at random, so that peers spread out.
    public var reconnectAfter: Duration
    /// The longest such pause.
    public var reconnectAtMost: Duration

    private static let wholeAttachment = Int64(WireLimits.attachmentBytes)
    /// What CURVE adds to a frame, with room to spare.
    private static let curveSlack: Int64 = 1_024

    private init(affinity: UInt64, highWater: CInt, maxFrameBytes: Int64, connectionTimeout: Duration) {
        self.affinity = affinity
        self.highWater = highWater
        self.maxFrameBytes = maxFrameBytes + Self.curveSlack
        self.connectionTimeout = connectionTimeout
        reconnectAfter = .milliseconds(250)
        reconnectAtMost = .seconds(5)
    }

    /// Image workers and the gateway: pictures travel here.
    public static let jobs = Profile(
        affinity: 1,
        highWater: 64,
        maxFrameBytes: wholeAttachment,
        connectionTimeout: .seconds(15)
    )
    /// Health monitor, operator and the gateway.
    public static let control = Profile(
        affinity: 1,
        highWater: 256,
        maxFrameBytes: 2 << 20,
        connectionTimeout: .seconds(6)
    )
    /// Everyone and the audit service.
    public static let audit = Profile(
        affinity: 4,
        highWater: 64,
        maxFrameBytes: 2 << 20,
        connectionTimeout: .seconds(6)
    )
    /// Everyone and the tap's hub, the hub and its followers.
    public static let tap = Profile(
        affinity: 2,
        highWater: 1_000,
        maxFrameBytes: 256 << 10,
        connectionTimeout: .seconds(6)
    )

    /// The profile of the link with that name: `jobs`, `control`, `audit`, `tap`; control's for any other.
    public static func named(_ name: String) -> Profile {
        switch name {
        case "jobs": .jobs
        case "audit": .audit
        case "tap": .tap
        default: .control
        }
    }
}
