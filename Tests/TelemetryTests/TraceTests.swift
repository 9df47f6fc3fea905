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

    /// The cases of the W3C's own test suite (trace-context, test/test.py) that concern the value alone.
    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319cc-b7ad6b7169203331-01",
        "00-.af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033311-01",
        "00-0af7651916cd43dd8448eb211c80319c-.7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-001",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-.0",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ".0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "FF-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what-the-future-will-be-like",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "",
    ])
    func whatBreaksTheGrammarIsRefused(_ header: String) { #expect(Trace(header: header) == nil) }

    @Test func aHeaderOfALaterVersionHasABound() {
        let later = "cc" + valid.dropFirst(2) + "-"
        #expect(Trace(header: later + String(repeating: "x", count: 512 - later.utf8.count)) != nil)
        #expect(Trace(header: later + String(repeating: "x", count: 513 - later.utf8.count)) == nil)
        #expect(Trace(header: later)?.header == valid)
    }

    @Test func onlyKnownFlagsGoOn() {
        #expect(Trace(header: valid.dropLast(2) + "ff")?.header == valid.dropLast(2) + "03")
        #expect(Trace(header: valid.dropLast(2) + "fc")?.header == valid.dropLast(2) + "00")
    }

    @Test func logsNameATraceByItsDigits() throws {
        let trace = try #require(Trace(header: valid))
        #expect(trace.id == "0af7651916cd43dd8448eb211c80319c")
        #expect(trace.spanID == "b7ad6b7169203331")
    }

    @Test func spansOfManyThreadsDiffer() async throws {
        let trace = Trace()
        let spans = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 { group.addTask { (0..<5_000).map { _ in trace.child().span } } }
            return await group.reduce(into: Set<UInt64>()) { $0.formUnion($1) }
        }
        #expect(spans.count == 20_000 && !spans.contains(0))
    }

    @Test func aStateGoesOnUnchangedWithinItsBounds() {
        let state = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"
        #expect(TraceContext(Trace(), state: state).state == state)
        #expect(TraceContext(Trace(), state: String(repeating: "a", count: 512)).state != nil)
        for wrong in ["", String(repeating: "a", count: 513), "a=b\r\nx: y", "a=é"] {
            #expect(TraceContext(Trace(), state: wrong).state == nil)
        }
    }

    @Test func aCallCarriesAStepOfItsOwn() throws {
        let context = TraceContext(try #require(Trace(header: valid)), state: "a=1")
        let headers = context.headers
        #expect(headers.map(\.name) == ["traceparent", "tracestate"])
        let called = try #require(Trace(header: headers[0].value))
        #expect(called.id == context.trace.id && called.span != context.trace.span)
        #expect(headers[1].value == "a=1")
        #expect(TraceContext(context.trace).headers.count == 1)
    }
}
