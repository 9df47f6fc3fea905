import Wire

extension Sighting {
    /// Reads what the hub delivered. Bytes that are no record give an error and nothing else.
    ///
    /// - Parameters:
    ///   - topic: the first frame.
    ///   - record: the second, a `tap.record` message whose source is the observer.
    ///   - stamp: the hub's own frame, if there was one.
    init(topic: String, record: [UInt8], stamp: [UInt8]?) throws(WireError) {
        let message = try Message(firstFrame: record)
        let body = try message.body(TapRecord.self)
        let seen = try Envelope(decoding: body.header)
        let source = message.header.source
        observer = Observer(service: source.service, instance: source.instance, boot: source.boot)
        direction = body.direction == .received ? .in : .out
        link = body.link
        self.topic = topic
        count = body.count
        dropped = body.dropped
        hub = stamp.flatMap { HubStamp($0) }
        seenAt = message.header.sentAt
        header = Header(seen)
        headerJSON = body.header
        payload = body.payload
        self.record = record
        headerBytes = body.header.count
        payloadBytes = body.payloadBytes
        attachmentCount = seen.attachments.count
        attachmentBytes = body.attachmentBytes
    }
}

extension Sighting.Header {
    init(_ envelope: Envelope) {
        id = envelope.id.description
        kind = envelope.kind.rawValue
        service = envelope.source.service
        instance = envelope.source.instance
        sentAt = envelope.sentAt
        correlation = envelope.correlation
        causation = envelope.causation?.description
        replyTo = envelope.replyTo?.description
        job = envelope.job
        attempt = envelope.attempt
        timeToLive = envelope.ttlMs.map { .milliseconds($0) }
    }
}

extension Sighting.HubStamp {
    /// Sixteen bytes: boot and count, most significant byte first.
    static let byteCount = 16

    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        func number(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(boot: number(bytes[..<8]), count: number(bytes[8...]))
    }

    var bytes: [UInt8] {
        [boot, count].flatMap { number in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
        }
    }
}
