import Wire

/// Reads a recording's records from its bytes, and goes on behind damage. A machine; the file is somebody else's.
struct Reel: Sendable {
    private var reader = RecordingReader()
    /// Stretches that were no message, and messages that were no record.
    private(set) var damages = 0

    mutating func append(_ bytes: some Sequence<UInt8>) { reader.append(bytes) }

    /// The next record; nil when more bytes are needed.
    mutating func next() -> Sighting? {
        while true {
            do throws(WireError) {
                guard let message = try reader.next() else { return nil }
                return try Sighting(message)
            } catch {
                damages += 1
            }
        }
    }

    /// The next record when no more bytes will come; what was cut off counts as one damage.
    mutating func last() -> Sighting? {
        while true {
            if let sighting = next() { return sighting }
            guard reader.unread > 0 else { return nil }
            damages += 1
            guard reader.skip() else {
                reader = RecordingReader()
                return nil
            }
        }
    }
}

extension Sighting {
    /// A recorded record: no hub stood between, and its topic follows from what it holds.
    init(_ message: Message) throws(WireError) {
        let body = try message.body(TapRecord.self)
        let kind = try Envelope(decoding: body.header).kind
        let topic = TapRecord.topic(
            service: message.header.source.service,
            kind: kind,
            withPayload: body.payload != nil
        )
        try self.init(topic: topic, record: message.encodeFirstFrame(), stamp: nil)
    }
}
