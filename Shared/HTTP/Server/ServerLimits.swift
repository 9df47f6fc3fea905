/// How much a client may send, hold and wait. Every value has a rule for when it is reached.
public struct ServerLimits: Sendable {
    /// Request line and header fields, in bytes; past it 431 (414 while still in the request line).
    public var headerBytes = 32 * 1024
    /// Header fields of one request; past it 431.
    public var headerFields = 128
    /// A request's body in bytes, before any content coding is undone; past it 413. An exchange may set less.
    public var bodyBytes = 20 * 1024 * 1024
    /// From a request's first byte to the end of its head: absolute, so a slow dribble gains nothing. Then 408.
    public var headerTime: Duration = .seconds(10)
    /// From the end of a request's head to the end of its body: absolute. Then 408.
    public var bodyTime: Duration = .seconds(60)
    /// How long a connection may idle between requests before it is closed without a word.
    public var idleTime: Duration = .seconds(75)
    /// How long a client may leave unsent output standing without taking a byte before it is cut off.
    public var writeStallTime: Duration = .seconds(60)
    /// Unsent output of one connection, in bytes, above which a stream asks its writer to wait.
    public var outputMark = 256 * 1024
    /// Connections at a time; the next one gets 503 with `retry-after: 1` and is closed.
    public var connections = 16_384

    /// The values above.
    public init() {}
}
