import Foundation
import Synchronization
import Testing

@testable import Telemetry

struct LogTests {
    private func line(_ fields: KeyValuePairs<String, any LogValue>, dropped: Int = 0) -> [UInt8] {
        LogLine.bytes(
            at: timespec(tv_sec: 1_795_225_651, tv_nsec: 123_456_789),
            level: .info,
            origin: LogLine.Origin(service: "gateway", instance: "g1"),
            message: "a message",
            fields: fields,
            dropped: dropped
        )
    }

    private func parsed(_ bytes: [UInt8]) throws -> [String: Any] {
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(bytes.dropLast().allSatisfy { $0 != UInt8(ascii: "\n") })
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test func aLineIsOneJSONObject() throws {
        let fields = try parsed(
            line(["text": "a\"\\\n\t\u{1}\u{2028}é", "count": 7, "missing": String?.none, "half": 0.5])
        )
        #expect(fields["at"] as? String == "2026-11-21T01:47:31.123456Z")
        #expect(fields["level"] as? String == "info")
        #expect(fields["service"] as? String == "gateway")
        #expect(fields["message"] as? String == "a message")
        #expect(fields["text"] as? String == "a\"\\\n\t\u{1}\u{2028}é")
        #expect(fields["count"] as? Int == 7)
        #expect(fields["half"] as? Double == 0.5)
        #expect(fields["missing"] is NSNull)
    }

    @Test func aSecretIsNeverShown() throws {
        let secret = Secret("sk-123")
        var dumped = ""
        dump(secret, to: &dumped)
        let text = String(decoding: line(["key": secret]), as: UTF8.self)
        #expect(!(text + dumped + "\(secret)" + String(reflecting: secret)).contains("sk-123"))
        #expect(secret.reveal() == "sk-123")
    }

    @Test func aLineNeverPassesWhatAPipeTakesInOnePiece() throws {
        let long = String(repeating: "\u{1}ü", count: 5_000)
        let one = try parsed(line(["a": long]))
        #expect((one["a"] as? String)?.hasSuffix("…") == true && one["cut"] == nil)
        let bytes = line(["a": long, "b": long, "c": 1])
        #expect(bytes.count <= LogLine.limit)
        let two = try parsed(bytes)
        #expect(two["a"] != nil && two["b"] == nil && two["cut"] as? Bool == true)
    }

    @Test func aFieldCantPassForTheLinesOwn() throws {
        let fields = try parsed(line(["level": "error", "message": "forged"], dropped: 3))
        #expect(fields["level"] as? String == "info")
        #expect(fields["field_level"] as? String == "error")
        #expect(fields["lines_dropped"] as? Int == 3)
    }

    @Test(.timeLimit(.minutes(1))) func aReaderThatStandsStillCostsLinesAndNoTime() {
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let bytes = line(["text": String(repeating: "x", count: 900)])
        var taken = 0
        while Log.offer(bytes, to: ends[1]) { taken += 1 }
        #expect(taken > 10)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        #expect(read(ends[0], &buffer, buffer.count) > 0)
        #expect(Log.offer(bytes, to: ends[1]))
    }

    @Test func timesAreThoseOfTheCalendar() {
        var random = SystemRandomNumberGenerator()
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime]
        for _ in 0..<2_000 {
            let second = Int64.random(in: -2_000_000_000...8_000_000_000, using: &random)
            let text = Timestamp.text(microseconds: second * 1_000_000)
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(second)))
            #expect(text == expected.replacingOccurrences(of: "Z", with: ".000000Z"))
            #expect(
                String(Timestamp.day(microseconds: second * 1_000_000))
                    == expected.prefix(10).replacingOccurrences(of: "-", with: "")
            )
        }
    }
}
