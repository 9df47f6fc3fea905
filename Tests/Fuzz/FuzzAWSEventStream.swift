// Any bytes must give messages or an error, the same wherever they are cut; and with its checksums put right, any message gets
// as far as its headers. From the repository's root:
//   H=Shared/HTTP && swiftc -O -wmo -parse-as-library -sanitize=fuzzer,address -o /tmp/fuzz-aws Tests/Fuzz/FuzzAWSEventStream.swift \
//     $H/AWSEventStreamParser.swift $H/CRC32.swift $H/HTTPError.swift
//   mkdir -p /tmp/corpus-aws && cp Tests/Fixtures/providers/bedrock-*.bin /tmp/corpus-aws/
//   /tmp/fuzz-aws -max_total_time=60 -max_len=2048 /tmp/corpus-aws

/// What libFuzzer calls with each input: the first byte says where to cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    guard let first = bytes.first else { return 0 }
    for stream in [bytes, Array(bytes.dropFirst()), repaired(Array(bytes.dropFirst()))] {
        let cut = stream.isEmpty ? 0 : Int(first) % (stream.count + 1)
        let pieces = [Array(stream[..<cut]), Array(stream[cut...])]
        precondition(messages(in: [stream]) == messages(in: pieces), "a stream means something else when cut at \(cut)")
        precondition(
            messages(in: [stream]) == messages(in: stream.map { [$0] }),
            "a stream means something else in bytes"
        )
    }
    return 0
}

/// What the parser says, as lines that can be compared.
private func messages(in pieces: [[UInt8]]) -> [String] {
    var parser = AWSEventStreamParser(limit: 1 << 16)
    var lines: [String] = []
    for piece in pieces {
        let goesOn = piece.withUnsafeBytes { bytes in
            do throws(HTTPError) {
                try parser.feed(bytes) { lines.append("\($0.kind) \(Array($0.name)) \(Array($0.payload))") }
                return true
            } catch {
                lines.append(error.code.rawValue)
                return false
            }
        }
        guard goesOn else { return lines }
    }
    return lines + ["\(parser.isBetweenMessages)"]
}

/// One message with these headers and payload, its lengths and sums right: the first two bytes share them out.
private func repaired(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 2 else { return bytes }
    let content = bytes.dropFirst(2)
    let headers = (Int(bytes[0]) << 8 | Int(bytes[1])) % (content.count + 1)
    var message = word(UInt32(content.count + 16)) + word(UInt32(headers))
    message += word(CRC32.of(message)) + content
    return message + word(CRC32.of(message))
}

private func word(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
}
