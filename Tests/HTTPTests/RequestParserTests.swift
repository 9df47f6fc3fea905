import Support
import Testing

@testable import HTTP

/// What a stream of bytes means, flattened so that two readings can be compared.
enum Reading: Equatable {
    case head(String, String, String?, [String], Bool)
    case body([UInt8])
    case end
    case refused(Int)
}

/// Feeds the parser pieces as a connection does: what was not consumed is shown again with what follows.
func read(_ pieces: [[UInt8]], bodyLimit: Int = 1_000_000) -> [Reading] {
    var parser = RequestParser(headerBytes: 4_096, headerFields: 20, bodyLimit: bodyLimit)
    var held: [UInt8] = []
    var readings: [Reading] = []
    for piece in pieces {
        held += piece
        var consumed = 0
        let goesOn = held.withUnsafeBytes { window in
            while true {
                switch parser.next(window, &consumed) {
                case .more: return true
                case .head(let head):
                    let fields = head.fields.pairs.map { "\($0.0)=\($0.1)" }
                    readings.append(.head(head.method, head.path, head.query, fields, head.keepsAlive))
                case .body(let range):
                    if case .body(let before) = readings.last {
                        readings[readings.count - 1] = .body(before + window[range])
                    } else {
                        readings.append(.body(Array(window[range])))
                    }
                case .end: readings.append(.end)
                case .refused(let refusal):
                    readings.append(.refused(refusal.status))
                    return false
                }
            }
        }
        held.removeFirst(consumed)
        if !goesOn { break }
    }
    return readings
}

func read(_ text: String, bodyLimit: Int = 1_000_000) -> [Reading] { read([Array(text.utf8)], bodyLimit: bodyLimit) }

/// A request with one thing in it, and what must come of it.
struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let status: Int?
    var testDescription: String { "\(text.prefix(60).debugDescription) → \(status.map(String.init) ?? "taken")" }

    init(_ text: String, _ status: Int?) {
        self.text = text
        self.status = status
    }
}

@Suite struct RequestParserTests {
    static let streams = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /v1/chat/completions?x=1&y=%20 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nX:\t v \r\n\r\nhello",
        "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nT: x\r\n\r\n",
        "\r\nGET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.0\r\n\r\nPUT /3 HTTP/1.1\r\nhost: b\r\ncontent-length: 1\r\n\r\nx",
        "GET http://a.b/c?d HTTP/1.1\r\nHost: a.b\r\nConnection: Keep-Alive, close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
        "GARBAGE\r\n\r\n",
    ]

    @Test(arguments: streams)
    func aRequestMeansTheSameAtEveryCut(stream: String) {
        let bytes = Array(stream.utf8)
        let whole = read([bytes])
        #expect(read(bytes.map { [$0] }) == whole)
        for cut in 0...bytes.count {
            #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "cut at \(cut)")
        }
    }

    @Test func whatWasSentIsWhatIsRead() {
        #expect(
            read(Self.streams[1]) == [
                .head(
                    "POST",
                    "/v1/chat/completions",
                    "x=1&y=%20",
                    ["Host=a:80", "Content-Length=5", "X=v"],
                    true
                ),
                .body(Array("hello".utf8)), .end,
            ]
        )
        #expect(
            read(Self.streams[2]) == [
                .head("POST", "/c", nil, ["Host=a", "Transfer-Encoding=chunked"], true),
                .body(Array("hello world".utf8)), .end,
            ]
        )
        #expect(
            read(Self.streams[4]) == [
                .head("GET", "/c", "d", ["Host=a.b", "Connection=Keep-Alive, close"], false), .end,
            ]
        )
        #expect(read(Self.streams[3]).filter { $0 == .end }.count == 3)
    }

    static let cases: [Case] = [
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        Case("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", 400),
        Case("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("GET nopath HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("GET /ä HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        Case("GET / http/1.1\r\nHost: a\r\n\r\n", 400),
        Case("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        Case("GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417),
        Case("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 400),
        Case("\u{16}\u{3}\u{1}", 400),
        Case("\r\n\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 5_000) + "\r\n\r\n", 431),
        Case("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 30) + "\r\n", 431),
        Case("GET /" + String(repeating: "x", count: 5_000), 414),
        Case("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n", 413),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nf4241\r\n", 413),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400),
        Case("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n", 400),
        Case("GET / HTTP/1.1\r\nHost: [::1]:80\r\nX: \u{e4}\t y\r\n\r\n", nil),
        Case("POST / HTTP/1.1\r\nHost: a\r\ntransfer-ENCODING: Chunked\r\n\r\n0\r\n\r\n", nil),
        Case("GET / HTTP/1.9\r\nHost: a\r\n\r\n", nil),
        Case("GET / HTTP/1.0\r\n\r\n", nil),
    ]

    @Test(arguments: cases)
    func aMalformedRequestIsRefused(example: Case) {
        let readings = read(example.text)
        let byBytes = read(Array(example.text.utf8).map { [$0] })
        #expect(readings == byBytes)
        if let status = example.status {
            #expect(readings.last == .refused(status))
        } else {
            #expect(readings.last == .end)
        }
    }

    @Test func theTableOfTokenBytesIsRight() {
        #expect(ByteScan.tableIsRight)
    }

    @Test func randomDamageNeverTrapsAndMeansTheSameAtRandomCuts() {
        var random = SeededGenerator(seed: runSeed)
        let seeds = Self.streams.map { Array($0.utf8) }
        for round in 0..<20_000 {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: position)
                case 2: bytes.insert([0x0d, 0x0a, 0x20, 0x3a, 0x00].randomElement(using: &random) ?? 0, at: position)
                default: bytes.insert(contentsOf: bytes[..<position], at: position)
                }
            }
            let whole = read([bytes])
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...max(1, min(40, rest.count)), using: &random)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let cut = read(pieces)
            guard cut == whole else {
                Issue.record(
                    "seed \(runSeed) round \(round): \(String(decoding: bytes, as: UTF8.self).debugDescription)"
                )
                return
            }
        }
    }
}
