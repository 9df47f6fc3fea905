import Telemetry
import Testing

struct TraceTests {
    private let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func aHeaderComesBackAsItWas() throws {
        let trace = try #require(Trace(header: valid))
        #expect(trace.header == valid)
        #expect(trace.isSampled)
        #expect(Trace(header: valid.dropLast() + "0")?.isSampled == false)
    }

    @Test func aChildIsAnotherSpanOfTheSameTrace() throws {
        let trace = try #require(Trace(header: valid))
        let child = trace.child()
        #expect(child.high == trace.high && child.low == trace.low && child.span != trace.span)
        #expect(Trace(header: child.header) == child)
        #expect(Trace(header: Trace().header) != nil)
    }

    @Test func aLaterVersionIsReadByItsFirstFields() {
        #expect(Trace(header: "cc" + valid.dropFirst(2) + "-what-follows") != nil)
        #expect(Trace(header: valid + "-more") == nil)
        #expect(Trace(header: "ff" + valid.dropFirst(2)) == nil)
    }

    @Test func everyShorterOrUpperCaseHeaderIsRefused() {
        for length in 0..<valid.count { #expect(Trace(header: valid.prefix(length)) == nil) }
        #expect(Trace(header: valid.uppercased()) == nil)
        #expect(Trace(header: "00-00000000000000000000000000000000-b7ad6b7169203331-01") == nil)
        #expect(Trace(header: "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01") == nil)
        #expect(Trace(header: "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") == nil)
        #expect(Trace(header: String(repeating: "é", count: 40)) == nil)
    }
}
