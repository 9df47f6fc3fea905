import HTTP
import Support
import Testing

/// AWS's binary frames.
@Suite struct AWSEventStreamParserTests {
    /// The first frame of AWS's own decoder's proof: 134 bytes, its sums known.
    static let proven: [UInt8] = {
        var bytes: [UInt8] = [0, 0, 0, 0x86, 0, 0, 0, 0x52, 0xde, 0xe1, 0xaa, 0x83]
        for (name, value) in [
            (":event-type", "messageStart"), (":content-type", "application/json"), (":message-type", "event"),
        ] {
            bytes += header(name, 7, [0, UInt8(value.utf8.count)] + Array(value.utf8))
        }
        return bytes + Array(#"{"role":"assistant","p":"abcdefghi"}"#.utf8) + [0xc2, 0x32, 0x70, 0x23]
    }()

    private static func header(_ name: String, _ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [type] + value
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
    }

    /// A frame whose sums are right, whatever its lengths say.
    private static func frame(_ headers: [UInt8], _ payload: [UInt8], headersSaid: Int? = nil) -> [UInt8] {
        var bytes = word(UInt32(headers.count + payload.count + 16)) + word(UInt32(headersSaid ?? headers.count))
        bytes += word(CRC32.of(bytes)) + headers + payload
        return bytes + word(CRC32.of(bytes))
    }

    private func read(_ pieces: [[UInt8]], limit: Int = 1 << 20) -> ([String], HTTPError.Code?) {
        var parser = AWSEventStreamParser(limit: limit)
        var seen: [String] = []
        for piece in pieces {
            let failure = piece.withUnsafeBytes { bytes -> HTTPError.Code? in
                do throws(HTTPError) {
                    try parser.feed(bytes) { message in
                        let texts = [message.name, message.payload].map { String(decoding: $0, as: UTF8.self) }
                        seen.append("\(message.kind) \(texts[0]) \(texts[1])")
                    }
                    return nil
                } catch {
                    return error.code
                }
            }
            if let failure { return (seen, failure) }
        }
        return (seen + (parser.isBetweenMessages ? [] : ["open"]), nil)
    }

    private let start = #"event messageStart {"role":"assistant","p":"abcdefghi"}"#

    @Test func theSumIsZlibs() {
        #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.of([]) == 0)
        var sum = CRC32()
        let bytes = (0..<100).map { UInt8($0) }
        for cut in 0...bytes.count {
            sum = CRC32()
            bytes[..<cut].withUnsafeBytes { sum.update($0) }
            bytes[cut...].withUnsafeBytes { sum.update($0) }
            #expect(sum.value == CRC32.of(bytes))
        }
    }

    @Test func aProvenFrameIsReadHoweverItIsCut() {
        let two = Self.proven + Self.proven
        for cut in 0...two.count {
            #expect(read([Array(two[..<cut]), Array(two[cut...])]) == ([start, start], nil), "cut at \(cut)")
        }
        #expect(read(two.map { [$0] }) == ([start, start], nil))
        #expect(read([Array(two.dropLast())]).0.last == "open")
    }

    @Test func everyFlippedBitIsFound() {
        for index in Self.proven.indices {
            for bit in 0..<8 {
                var bytes = Self.proven
                bytes[index] ^= 1 << bit
                #expect(read([bytes]) == ([], .malformed), "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test func everyTypeOfHeaderIsSteppedOver() {
        let values: [(UInt8, [UInt8])] = [
            (0, []), (1, []), (2, [1]), (3, [1, 2]), (4, [1, 2, 3, 4]), (5, [UInt8](repeating: 1, count: 8)),
            (6, [0, 2, 9, 9]), (8, [UInt8](repeating: 1, count: 8)), (9, [UInt8](repeating: 1, count: 16)),
        ]
        var headers = values.flatMap { Self.header("x", $0.0, $0.1) }
        headers += Self.header(":message-type", 7, [0, 9] + Array("exception".utf8))
        headers += Self.header(":exception-type", 7, [0, 1] + Array("e".utf8))
        #expect(read([Self.frame(headers, [0x41])]) == (["exception e A"], nil))
        #expect(read([Self.frame([], [])]) == (["event  "], nil))
    }

    @Test func lengthsThatContradictAreMalformed() {
        let broken = [
            Self.frame([1], []), Self.frame([0, 7, 0, 0], []), Self.frame(Self.header("a", 10, []), []),
            Self.frame(Self.header("a", 7, [0]), []), Self.frame(Self.header("a", 7, [0, 2, 1]), []),
            Self.frame(Self.header("a", 9, [1]), []), Self.frame([], [1], headersSaid: 2),
            Self.frame([], [], headersSaid: 0x7FFF_FFFF),
        ]
        for bytes in broken { #expect(read([bytes]) == ([], .malformed), "\(bytes)") }
        let short = Self.word(15) + Self.word(0)
        #expect(read([short + Self.word(CRC32.of(short))]) == ([], .malformed))
    }

    @Test func aFramePastTheLimitIsRefusedByItsPrelude() {
        let prelude = Array(Self.frame([], [UInt8](repeating: 0, count: 200)).prefix(12))
        #expect(read([prelude], limit: 100) == ([], .tooLarge))
        #expect(read([prelude], limit: 216).1 == nil)
        let headers = [UInt8](repeating: 0, count: AWSEventStreamParser.headerLimit + 1)
        #expect(read([Array(Self.frame(headers, []).prefix(12))]) == ([], .tooLarge))
    }

    @Test func noBytesTrap() {
        let seed = runSeed
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let headers = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...12, using: &generator)
            }
            let bytes = Self.frame(headers, [1, 2, 3])
            let cut = Int.random(in: 0...bytes.count, using: &generator)
            #expect(read([bytes]) == read([Array(bytes[..<cut]), Array(bytes[cut...])]), "seed \(seed)")
        }
    }
}
