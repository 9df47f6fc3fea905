import JSON
import Testing

@testable import Tap

struct FormatTests {
    private let plain = LineFormat(ink: Ink(isColoured: false), timeOfDay: TimeOfDay.universal)

    private var offer: Sighting {
        sighting {
            $0.seenAt = 43_471_482_000
            $0.header.job = "img_01JD3VXKQ7F3KQ2A"
            $0.header.attempt = 1
            $0.header.correlation = "job_01JD3VXKQ79M2XPA"
            $0.payloadBytes = 900
        }
    }

    @Test func aLineHasItsColumnsInTheirPlaces() {
        #expect(
            plain.line(offer, latency: nil)
                == "12:04:31.482 out jobs    gateway/g1         → job.offer          …F3KQ2A #1  …9M2XPA  1.2K"
        )
        let accept = sighting(
            kind: "job.accept",
            service: "image-worker",
            instance: "w2",
            id: "01JD0000000000000000ABCDEF"
        ) {
            $0.seenAt = 43_471_486_250
            $0.attachmentCount = 2
            $0.attachmentBytes = 3_565_158
        }
        #expect(
            plain.line(accept, latency: .microseconds(3_140))
                == "12:04:31.486 out jobs    image-worker/w2    → job.accept         …ABCDEF              400B+3.4M   3.1ms"
        )
    }

    @Test func aSenderIsNamedOnceAndFitsItsColumn() {
        for (instance, text) in [
            ("image-worker-2", " image-worker-2     → "), ("w2", " image-worker/w2    → "),
            ("", " image-worker       → "),
            ("image-worker-7c9d8b64f-x2k1p", " image-worker-…2k1p → "),
        ] {
            let line = plain.line(sighting(service: "image-worker", instance: instance), latency: nil)
            #expect(line.contains(text), "\(line)")
        }
    }

    @Test func coloursChangeNothingButTheColours() {
        let colourful = LineFormat(ink: Ink(isColoured: true), timeOfDay: TimeOfDay.universal)
        var line = colourful.line(offer, latency: .seconds(2))
        #expect(line.contains("\u{1B}[36mjob.offer"))
        while let start = line.firstIndex(of: "\u{1B}"), let end = line[start...].firstIndex(of: "m") {
            line.removeSubrange(start...end)
        }
        #expect(line == plain.line(offer, latency: .seconds(2)))
    }

    @Test func noMessageCanMoveTheCursor() {
        let hostile = sighting(kind: "job.\u{1B}[2J", service: "gate\rway", instance: "\u{9B}31m") {
            $0.link = "\u{7}"
            $0.header.correlation = "a\nb"
        }
        for format in [plain, LineFormat(ink: Ink(isColoured: false))] {
            let line = format.line(hostile, latency: nil) + format.payloadLine(Array("{\u{1B}\n}".utf8))
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        }
    }

    @Test func sizesAreReadableInFiveCharacters() {
        for (bytes, text) in [
            (0, "0B"), (412, "412B"), (1_023, "1023B"), (1_024, "1.0K"), (1_229, "1.2K"), (10_189, "10K"),
            (1_048_063, "1023K"), (1_048_064, "1.0M"), (1_048_575, "1.0M"), (1_048_576, "1.0M"), (3_565_158, "3.4M"),
            (1 << 40, "1.0T"),
        ] {
            #expect(Quantity.text(bytes: bytes) == text)
            #expect(Quantity.text(bytes: bytes).count <= 5)
        }
    }

    @Test func timesAreReadableInSixCharacters() {
        for (duration, text) in [
            (Duration.microseconds(85), "85µs"), (.microseconds(999), "999µs"), (.microseconds(3_140), "3.1ms"),
            (.milliseconds(47), "47ms"),
            (.microseconds(9_960), "10ms"), (.milliseconds(1_200), "1.2s"), (.seconds(75), "75s"),
            (.seconds(720), "12m"),
            (.zero, "0µs"),
        ] {
            #expect(Quantity.text(duration) == text)
        }
    }

    @Test func countsAreGrouped() {
        for (count, text): (UInt64, String) in [(0, "0"), (999, "999"), (1_204, "1,204"), (1_234_567, "1,234,567")] {
            #expect(Quantity.text(count: count) == text)
        }
    }

    @Test func aJSONLineIsOneObjectWithTheHeaderWhole() throws {
        var seen = offer
        seen.headerJSON = Array(#"{"id":"x","kind":"job.offer","new_key":[1]}"#.utf8)
        seen.payload = Array(#"{"prompt":{"len":3}}"#.utf8)
        let bytes = JSONFormat.line(seen, latency: .microseconds(3_140))
        #expect(!bytes.contains(UInt8(ascii: "\n")))
        let line = try JSONValue(parsing: bytes)
        #expect(line["header"]?["new_key"]?[0]?.int == 1)
        #expect(line["payload"]?["prompt"]?["len"]?.int == 3)
        #expect(line["direction"]?.string == "out")
        #expect(line["latency_us"]?.int == 3_140)
        #expect(
            line.object?.map(\.name) == [
                "seen_at", "observer", "direction", "link", "topic", "count", "dropped", "header_bytes",
                "payload_bytes",
                "attachments", "attachment_bytes", "latency_us", "header", "payload",
            ]
        )
    }
}
