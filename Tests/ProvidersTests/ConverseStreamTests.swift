import HTTP
import JSON
import Loop
import Providers
import Testing

/// ConverseStream's events, in frames that the tests make.
@Suite struct ConverseStreamTests {
    static func frame(_ kind: String, _ name: String, _ payload: String) -> [UInt8] {
        let nameHeader = kind == "error" ? ":error-code" : ":\(kind)-type"
        var headers: [UInt8] = []
        for (name, value) in [(nameHeader, name), (":content-type", "application/json"), (":message-type", kind)] {
            headers += [UInt8(name.utf8.count)] + Array(name.utf8)
            headers += [7, UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 255)] + Array(value.utf8)
        }
        var bytes = word(headers.count + payload.utf8.count + 16) + word(headers.count)
        bytes += word(Int(CRC32.of(bytes))) + headers + Array(payload.utf8)
        return bytes + word(Int(CRC32.of(bytes)))
    }

    private static func word(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private func read(_ events: [(String, String)], kind: String = "event") -> ([ChatEvent], ProviderError?) {
        var reader = ConverseCodec().streamReader()
        var seen: [ChatEvent] = []
        let bytes = events.flatMap { Self.frame(kind, $0.0, $0.1) }
        let failure = bytes.withUnsafeBytes { all -> ProviderError? in
            do throws(ProviderError) {
                try reader.feed(all) { seen.append($0) }
                try reader.end { seen.append($0) }
                return nil
            } catch {
                return error
            }
        }
        return (seen, failure)
    }

    private let stop = ("messageStop", #"{"stopReason":"end_turn","p":"ab"}"#)

    @Test func reasoningTextAndCallsComeInTheirOrder() {
        let (events, failure) = read([
            ("messageStart", #"{"role":"assistant","p":"a"}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"s"}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"AA=="}}}"#),
            ("contentBlockDelta", #"{"delta":{"text":"é\n"},"contentBlockIndex":2}"#),
            ("contentBlockStart", #"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"a","name":"f"}}}"#),
            ("contentBlockStart", #"{"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"b","name":"g"}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":4,"delta":{"toolUse":{"input":"{}"}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"x\":"}}}"#),
            ("somethingNew", "not even JSON"), ("contentBlockStop", #"{"contentBlockIndex":3}"#),
            ("messageStop", #"{"stopReason":"tool_use"}"#),
            ("metadata", #"{"usage":{"inputTokens":3,"outputTokens":4}}"#),
        ])
        var usage = Usage()
        (usage.inputTokens, usage.outputTokens) = (3, 4)
        #expect(failure == nil)
        #expect(
            events == [
                .start(id: nil, model: nil), .reasoning("Hm"), .reasoningSignature("s"), .redactedReasoning("AA=="),
                .text("é\n"), .toolCall(index: 0, id: "a", name: "f", signature: nil),
                .toolCall(index: 1, id: "b", name: "g", signature: nil), .toolArguments(index: 1, "{}"),
                .toolArguments(index: 0, #"{"x":"#), .stop(.toolCalls, sequence: nil), .usage(usage),
            ]
        )
    }

    @Test func theUsageMayComeBeforeTheEndAndNothingElseAfterIt() {
        let (events, failure) = read([
            ("metadata", #"{"usage":{"inputTokens":3,"outputTokens":4}}"#), stop, stop,
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"late"}}"#),
        ])
        #expect(failure == nil && events.count == 2)
    }

    @Test(arguments: [
        ("exception", "throttlingException", ProviderError.Code.rateLimited),
        ("exception", "validationException", .badRequest), ("exception", "modelTimeoutException", .providerUnavailable),
        ("exception", "serviceUnavailableException", .providerUnavailable),
        ("exception", "unheardOfException", .providerUnavailable), ("error", "InternalFailure", .providerUnavailable),
    ])
    func anExceptionEndsTheStreamWithItsClass(_ kind: String, _ name: String, _ code: ProviderError.Code) {
        let (events, failure) = read([(name, #"{"message":"secret words"}"#)], kind: kind)
        #expect(events.isEmpty && failure?.code == code && failure?.providerCode == name)
        #expect(failure?.message.contains("secret") == false)
    }

    @Test(arguments: [
        [("contentBlockDelta", "{")], [("contentBlockDelta", "[]")], [("messageStop", "")],
        [("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}"#)],
        [("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":7}}"#)],
        [("contentBlockStart", #"{"start":{"toolUse":{"toolUseId":"a"}}}"#)], [("messageStart", "{}")],
        [("metadata", #"{"usage":{"inputTokens":3}}"#)],
    ])
    func whatIsNotAsDocumentedOrHasNoEndIsMalformed(_ events: [(String, String)]) {
        #expect(read(events).1?.code == .malformedResponse)
    }

    @Test func aFrameThatIsCutAfterTheEndIsACutStream() {
        var reader = ConverseCodec().streamReader()
        let bytes = Self.frame("event", stop.0, stop.1) + [0, 0]
        let failed = bytes.withUnsafeBytes { all in (try? reader.feed(all) { _ in }) == nil }
        #expect(!failed)
        #expect(throws: ProviderError.self) { try reader.end { _ in } }
    }
}
