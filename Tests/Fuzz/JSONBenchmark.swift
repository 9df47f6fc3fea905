// Nanoseconds per document for the hot path. From the repository's root:
//   swiftc -O -wmo -parse-as-library -o /tmp/json-benchmark Shared/JSON/*.swift Tests/Fuzz/JSONBenchmark.swift -lm && /tmp/json-benchmark

@main
enum JSONBenchmark {
    static let keys: JSONKeys = ["model", "stream", "messages", "max_tokens"]

    static func main() {
        let chat = chatRequest()
        let envelope = Array(envelopeText.utf8)
        report("chat request, \(chat.count) bytes: find 4 members, check all") { scan(chat) }
        report("the same in an array of ranges") {
            (try? JSONScanner.members(of: chat, wanted: keys).compactMap { $0 }.count) ?? 0
        }
        report("the same as a tree") { (try? JSONValue(parsing: chat)) == nil ? 0 : 1 }
        report("envelope, \(envelope.count) bytes: find 4 members, check all") { scan(envelope) }
    }

    static let envelopeText = #"""
        {"id":"01K00000000000000000000000","kind":"job.step","source":{"service":"image-worker","instance":"w-1","boot":\#
        "9f86d081884c7d65"},"sequence":"18234","sent_at":1763700000000000,"correlation":"job_01K0","trace":\#
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","job":"img_01K0","attempt":1,"lease":"a91f","minor":0}
        """#

    static func chatRequest() -> [UInt8] {
        let turns = (0..<12).map { index in
            #"{"role":"\#(index % 2 == 0 ? "user" : "assistant")","content":"Turn \#(index): the quick brown fox jumps "#
                + #"over the lazy dog and says \"good evening\" before it goes home to read a page or two in bed."}"#
        }
        let text =
            #"{"model":"gpt-5-mini","messages":["# + turns.joined(separator: ",")
            + #"],"stream":true,"temperature":0.7,"max_tokens":512,"user":"u-1"}"#
        return Array(text.utf8)
    }

    @inline(never)
    static func scan(_ bytes: [UInt8]) -> Int {
        var sum = 0
        bytes.withUnsafeBytes { buffer in
            try? JSONScanner.scan(buffer, wanted: keys) { sum += $0 &+ $1.count }
        }
        return sum
    }

    static func report(_ what: String, _ body: () -> Int) {
        let clock = ContinuousClock()
        var best = Duration.seconds(1)
        var sum = 0
        for _ in 0..<400 {
            best = min(best, clock.measure { for _ in 0..<200 { sum &+= body() } })
        }
        print("\(what): \(Int(best / .nanoseconds(200))) ns (\(sum & 1))")
    }
}
