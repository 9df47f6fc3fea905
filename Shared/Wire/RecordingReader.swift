extension Message {
    /// The message as it stands in a spool or recording: the first frame, then each attachment behind its length as u32.
    public func encodeRecorded() -> [UInt8] {
        var bytes = encodeFirstFrame()
        bytes.reserveCapacity(bytes.count + attachments.reduce(0) { $0 + $1.count + 4 })
        for attachment in attachments {
            bytes.append(bigEndian: attachment.count)
            bytes.append(contentsOf: attachment)
        }
        return bytes
    }
}

/// Reads recorded messages from bytes that come in any pieces, and goes on behind damage.
///
/// It holds at most one message that isn't complete, 33 MiB and a little, plus what was appended last. A file that was cut
/// off, as by a crash, gives all its whole messages and then nil with `unread` above 0.
public struct RecordingReader: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0

    /// What `next` does with a kind that isn't in this build's table.
    public let unknownKinds: Message.UnknownKinds

    /// An empty reader. A recording may be newer than this build, so unknown kinds are kept unless asked otherwise.
    public init(unknownKinds: Message.UnknownKinds = .kept) {
        self.unknownKinds = unknownKinds
    }

    /// Bytes appended and not yet given as a message: at the end of a file, the length of its torn tail.
    public var unread: Int { buffer.count - start }

    /// Takes the file's next bytes.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 1 << 16, start > buffer.count / 2 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next message; nil when more bytes are needed.
    ///
    /// Bytes that are no message are an error, once: the reader then stands at the next magic, and the next call goes on from there.
    public mutating func next() throws(WireError) -> Message? {
        do throws(WireError) {
            guard let (message, end) = try read() else { return nil }
            start = end
            return message
        } catch {
            skip()
            throw error
        }
    }

    /// Gives up the message at the front and moves to the next magic; false when there is none.
    ///
    /// At the end of a file, when `next` wants more bytes and there are none: a damaged length may hide whole messages.
    @discardableResult
    public mutating func skip() -> Bool {
        guard unread > 0 else { return false }
        start += 1
        while unread >= 4 {
            if buffer[start..<start + 4].elementsEqual(FramePrefix.magic.utf8) { return true }
            start += 1
        }
        return false
    }

    private func read() throws(WireError) -> (Message, end: Int)? {
        try buffer.withUnsafeBufferPointer { (whole) throws(WireError) in
            let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(whole)[start...])
            guard bytes.prefix(4).elementsEqual(FramePrefix.magic.utf8.prefix(bytes.count)) else {
                throw WireError(.magic, "not MTL1")
            }
            guard bytes.count >= WireLimits.prefix else { return nil }
            let prefix = try FramePrefix(bytes)
            guard bytes.count >= prefix.frameLength else { return nil }
            let frame = UnsafeRawBufferPointer(rebasing: bytes[..<prefix.frameLength])
            let headerEnd = WireLimits.prefix + prefix.headerLength
            let header = try Envelope(decoding: UnsafeRawBufferPointer(rebasing: frame[WireLimits.prefix..<headerEnd]))
            var end = prefix.frameLength
            var attachments: [[UInt8]] = []
            for described in header.attachments {
                guard bytes.count - end >= 4 else { return nil }
                let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self)))
                guard length == described.length else {
                    throw WireError(.attachments, "an attachment isn't as long as the header says")
                }
                guard bytes.count - end - 4 >= length else { return nil }
                attachments.append(Array(bytes[end + 4..<end + 4 + length]))
                end += 4 + length
            }
            let message = try Message(firstFrame: frame, attachments: attachments, unknownKinds: unknownKinds)
            return (message, start + end)
        }
    }
}
