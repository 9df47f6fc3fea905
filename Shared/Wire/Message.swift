internal import JSON

/// One MTL1 message: a header that everyone reads, a payload that only its receiver does, and raw attachments.
///
/// The payload stays bytes until `body` is asked for, so routers, metrics and the tap pay for the header alone. A message that was
/// received keeps its header's own bytes, with members that this build doesn't know.
public struct Message: Sendable, Hashable {
    /// The header.
    public let header: Envelope
    /// The header's bytes.
    public let headerBytes: [UInt8]
    /// The payload's bytes, a JSON object, or nothing for an empty one. Of a received message they are unchecked until `body` or `checkPayload`.
    public let payload: [UInt8]
    /// The attachments, in the header's order.
    public let attachments: [[UInt8]]

    /// Makes a message to send. Errors: whatever is over a limit or doesn't match the header.
    public init(header: Envelope, payload: [UInt8], attachments: [[UInt8]] = []) throws(WireError) {
        try Message.check(payload: payload)
        try Message.check(attachments, against: header)
        self.header = header
        self.headerBytes = try header.encoded()
        self.payload = payload
        self.attachments = attachments
    }

    /// Makes a message to send; the header's kind becomes the body's.
    public init<B: Body>(header: Envelope, body: B, attachments: [[UInt8]] = []) throws(WireError) {
        var header = header
        header.kind = B.kind
        try self.init(header: header, payload: try body.encoded(), attachments: attachments)
    }

    /// What `admitting` does with a kind that isn't in this build's table.
    public enum UnknownKinds: Sendable {
        /// Error `.unknownKind`: for sessions.
        case refused
        /// Taken: for the tap and recordings, which may be older than what they see.
        case kept
    }

    /// Reads a message from the first frame and the frames behind it; any bytes give a message or an error.
    public init(
        firstFrame frame: UnsafeRawBufferPointer,
        attachments: [[UInt8]] = [],
        unknownKinds: UnknownKinds = .refused
    ) throws(WireError) {
        let prefix = try FramePrefix(frame)
        guard frame.count == prefix.frameLength else { throw WireError(.length, "the frame isn't as long as it says") }
        let headerEnd = WireLimits.prefix + prefix.headerLength
        header = try Envelope(decoding: UnsafeRawBufferPointer(rebasing: frame[WireLimits.prefix..<headerEnd]))
        guard unknownKinds == .kept || header.kind.isKnown else { throw WireError(.unknownKind, "an unknown kind") }
        try Message.check(attachments, against: header)
        headerBytes = Array(frame[WireLimits.prefix..<headerEnd])
        payload = Array(frame[headerEnd...])
        self.attachments = attachments
    }

    /// Reads a message whose first frame is an array.
    public init(
        firstFrame frame: [UInt8],
        attachments: [[UInt8]] = [],
        unknownKinds: UnknownKinds = .refused
    ) throws(WireError) {
        self = try frame.withUnsafeBufferPointer { (buffer) throws(WireError) in
            try Message(
                firstFrame: UnsafeRawBufferPointer(buffer),
                attachments: attachments,
                unknownKinds: unknownKinds
            )
        }
    }

    /// The first frame: magic, lengths, header, payload. The attachments are the frames behind it.
    public func encodeFirstFrame() -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(WireLimits.prefix + headerBytes.count + payload.count)
        frame.append(contentsOf: FramePrefix.magic.utf8)
        frame.append(bigEndian: headerBytes.count)
        frame.append(bigEndian: payload.count)
        frame.append(contentsOf: headerBytes)
        frame.append(contentsOf: payload)
        return frame
    }

    /// The payload as the struct of its kind. Errors: `.notAllowed` when the header names another kind; otherwise what is wrong
    /// with the payload.
    public func body<B: Body>(_ type: B.Type = B.self) throws(WireError) -> B {
        guard header.kind == B.kind else { throw WireError(.notAllowed, "another kind than expected") }
        return try B(Message.tree(payload, kind: header.kind))
    }

    /// Checks the payload's JSON without reading it, for who passes it on.
    public func checkPayload() throws(WireError) {
        _ = try Message.tree(payload, kind: header.kind)
    }

    /// Whether a peer of that role may send this. Errors: `.unknownKind`, `.notAllowed`.
    public func check(sender role: Role) throws(WireError) {
        guard header.kind.isKnown else { throw WireError(.unknownKind, "an unknown kind") }
        guard header.kind.maySend(role) else { throw WireError(.notAllowed, "a kind that this role may not send") }
    }

    static func tree(_ payload: [UInt8], kind: Kind) throws(WireError) -> JSONValue {
        if payload.isEmpty { return .object([]) }
        do throws(JSONError) {
            let value = try JSONValue(parsing: payload, limits: kind == .tapRecord ? TapRecord.limits : .wire)
            guard case .object = value else { throw JSONError(.syntax, "not an object") }
            return value
        } catch {
            throw WireError(error, in: "payload", field: .payload)
        }
    }

    private static func check(payload: [UInt8]) throws(WireError) {
        guard payload.count <= WireLimits.payload else { throw WireError(.tooLarge, "the payload is too long") }
        guard payload.isEmpty || (payload.first == UInt8(ascii: "{") && payload.last == UInt8(ascii: "}")) else {
            throw WireError(.syntax, "payload: not an object")
        }
    }

    private static func check(_ attachments: [[UInt8]], against header: Envelope) throws(WireError) {
        guard attachments.count == header.attachments.count else {
            throw WireError(.attachments, "another number of attachments than the header says")
        }
        for (bytes, described) in zip(attachments, header.attachments) where bytes.count != described.length {
            throw WireError(.attachments, "an attachment isn't as long as the header says")
        }
    }
}

/// The twelve bytes in front of every header.
struct FramePrefix {
    static let magic = "MTL1"

    let headerLength: Int
    let payloadLength: Int

    var frameLength: Int { WireLimits.prefix + headerLength + payloadLength }

    /// Reads and bounds the prefix; whether the rest is there is the caller's question.
    init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        guard bytes.count >= WireLimits.prefix else { throw WireError(.length, "shorter than a prefix") }
        guard bytes.prefix(4).elementsEqual(FramePrefix.magic.utf8) else { throw WireError(.magic, "not MTL1") }
        headerLength = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        payloadLength = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        guard headerLength >= 2 else { throw WireError(.length, "a header shorter than an object") }
        guard headerLength <= WireLimits.header else { throw WireError(.tooLarge, "the header is too long") }
        guard payloadLength <= WireLimits.payload else { throw WireError(.tooLarge, "the payload is too long") }
    }
}

extension [UInt8] {
    /// Appends a length as u32, most significant byte first. Lengths here are bounded far below 2^32.
    mutating func append(bigEndian length: Int) {
        Swift.withUnsafeBytes(of: UInt32(length).bigEndian) { append(contentsOf: $0) }
    }
}
