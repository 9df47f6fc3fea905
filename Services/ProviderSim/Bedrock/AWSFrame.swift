import HTTP

/// Writes the frames of AWS's event streams, both checksums with them; ``HTTP/AWSEventStreamParser`` reads them.
enum AWSFrame {
    /// Part of an answer.
    static func event(_ type: String, _ payload: [UInt8]) -> [UInt8] {
        frame([(":event-type", type), (":content-type", "application/json"), (":message-type", "event")], payload)
    }

    /// An error in the middle, which ends the stream.
    static func exception(_ type: String, _ payload: [UInt8]) -> [UInt8] {
        frame(
            [(":exception-type", type), (":content-type", "application/json"), (":message-type", "exception")],
            payload
        )
    }

    /// The same with one bit wrong, as a broken line would have it.
    static func broken(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        if let middle = frame.indices.dropFirst(frame.count / 2).first { frame[middle] ^= 1 }
        return frame
    }

    private static func frame(_ headers: [(String, String)], _ payload: [UInt8]) -> [UInt8] {
        var block: [UInt8] = []
        for (name, value) in headers {
            block.append(UInt8(name.utf8.count))
            block += name.utf8
            // 7 is a string, with two bytes of length.
            block += [7, UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 0xFF)]
            block += value.utf8
        }
        var bytes = word(UInt32(block.count + payload.count + 16)) + word(UInt32(block.count))
        bytes += word(CRC32.of(bytes))
        bytes += block
        bytes += payload
        return bytes + word(CRC32.of(bytes))
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
}
