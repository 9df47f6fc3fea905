import JSON
import Loop
import Testing

@testable import Martlet

@Suite struct BenchTests {
    private static let whole = "HTTP/1.1 200 OK\r\nContent-Type: a\r\ncontent-length: 5\r\n\r\nhello"
    private static let stream = """
        HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n4;x=y\r\ndata\r\n5\r\n: b\n\n\r\n0\r\n\r\n
        """
    private static let empty = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    private func responses(_ pieces: [ArraySlice<UInt8>]) throws -> [ResponseMeter.Response] {
        var meter = ResponseMeter()
        var result: [ResponseMeter.Response] = []
        for piece in pieces {
            try Array(piece).withUnsafeBytes { try meter.feed($0) { result.append($0) } }
        }
        return result
    }

    @Test func responsesAreFollowedAcrossEverySplit() throws {
        let bytes = Array((Self.whole + Self.stream + Self.empty + Self.whole).utf8)
        let expected: [ResponseMeter.Response] = [
            .init(status: 200, bodyBytes: 5, events: 0), .init(status: 200, bodyBytes: 18, events: 2),
            .init(status: 404, bodyBytes: 0, events: 0), .init(status: 200, bodyBytes: 5, events: 0),
        ]
        for cut in 0...bytes.count {
            #expect(try responses([bytes[..<cut], bytes[cut...]]) == expected, "cut at \(cut)")
        }
        #expect(try responses(bytes.indices.map { bytes[$0...$0] }) == expected)
    }

    @Test(arguments: [
        "HTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
    ])
    func whatCannotBeFollowedIsRefused(_ text: String) {
        #expect(throws: ResponseMeter.Malformed.self) { try responses([Array(text.utf8)[...]]) }
    }

    @Test func percentilesAreInMicroseconds() {
        let sorted = (1...100).map { Int64($0) * 1_000 }
        #expect(BenchPoint.percentile(sorted, 0.50) == 51)
        #expect(BenchPoint.percentile(sorted, 0.99) == 100)
        #expect(BenchPoint.percentile([], 0.5) == 0)
        #expect(BenchPoint.median([3, 1, 2]) == 2 && BenchPoint.median([1, 2]) == 1.5 && BenchPoint.median([]) == nil)
    }

    @Test func aRoundWithoutAnAnswerIsNoFigure() {
        var sample = LoadGenerator.Sample()
        sample.elapsed = .seconds(1)
        #expect(throws: CommandError.self) { try BenchPoint(sample, cpu: nil, through: "direct") }
    }

    @Test func theCostIsSharedOut() throws {
        var sample = LoadGenerator.Sample()
        sample.requests = 100
        sample.events = 2_000
        sample.elapsed = .seconds(2)
        let point = try BenchPoint(sample, cpu: .milliseconds(10), through: "gateway")
        #expect(point.requestsPerSecond == 50 && point.cpuPerRequest == 100 && point.cpuPerEvent == 5)
    }

    @Test func whatIsAddedIsTakenWithinARound() {
        var report = BenchReport()
        let load = BenchCase(streams: false, connections: 1)
        for (direct, gateway) in [(100.0, 160.0), (300, 350), (200, 255)] {
            var point = BenchPoint()
            point.p50 = direct
            report.add(point, load, arm: BenchReport.direct)
            point.p50 = gateway
            report.add(point, load, arm: "gateway")
        }
        #expect(report.addedP50(load, arm: "gateway") == 55)
        #expect(report.addedP50(load, arm: BenchReport.direct) == nil)
        #expect(report.table.rows.count == 2 && report.table.rows.allSatisfy { $0.count == report.table.heads.count })
        #expect(report.json["results"]?[1]?["added_p50_us"]?.double == 55)
    }

    @Test func figuresAreRoundedForPeople() {
        #expect(BenchReport.text(12.34, 1) == "12.3" && BenchReport.text(-0.26, 1) == "-0.3")
        #expect(BenchReport.text(1.5) == "2" && BenchReport.text(nil) == "–")
    }

    @Test func theRequestIsWellFormed() throws {
        let request = Arm(name: "a", port: 1, pid: nil, key: "k").request(streams: true, model: "m")
        let text = String(decoding: request, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        let body = try JSONValue(parsing: Array(try #require(parts.last).utf8))
        #expect(text.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:1\r\n"))
        #expect(text.contains("content-length: \(try #require(parts.last).utf8.count)\r\n"))
        #expect(body["messages"]?.array?.count == 8 && body["stream"]?.bool == true)
    }
}
