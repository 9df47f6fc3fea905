import JSON
import Providers
import Testing

/// What stored streams tell beside text and calls of the caller's tools.
@Suite struct ChatEventTests {
    private func events(_ name: String) throws -> [ChatEvent] {
        let fixture = try Fixture.named(name)
        var reader = try #require(fixture.codec).streamReader()
        var events: [ChatEvent] = []
        var failure: ProviderError?
        fixture.bytes.withUnsafeBytes { bytes in
            do throws(ProviderError) {
                try reader.feed(bytes) { events.append($0) }
            } catch {
                failure = error
            }
        }
        #expect(failure == nil)
        try reader.end { events.append($0) }
        return events
    }

    private func runs(_ events: [ChatEvent]) -> [String] {
        events.compactMap { event in
            switch event {
            case .hostedCall(let call): "call \(call.id) \(call.name) \(call.arguments)"
            case .hostedResult(let result): "result \(result.callID) \(result.content.text)"
            default: nil
            }
        }
    }

    @Test func aToolThatAnthropicRunsIsToldWithItsResult() throws {
        let events = try events("anthropic-server-tool-stream.sse")
        #expect(
            runs(events) == [
                #"call srvtoolu_01fxA web_search {"query": "tide Brest"}"#,
                "result srvtoolu_01fxA Tides in Brest\nBrest, harbour",
            ]
        )
        #expect(events.contains(.other), "a ping is a sign of life")
        let first = try #require(events.firstIndex { if case .hostedCall = $0 { true } else { false } })
        #expect(events[..<first].contains(.text("Looking.")) && events[first...].contains(.text(" High at noon.")))
    }

    @Test func aToolThatOpenAIRunsIsToldWithItsResult() throws {
        let events = try events("openai-responses-web-search-stream.sse")
        let call = #"call ws_fx01 web_search {"type":"search","query":"tide Brest","sources":null}"#
        #expect(runs(events) == [call, "result ws_fx01 completed"])
        #expect(events.contains(.other), "a step without a name of ours is a sign of life")
    }

    @Test func callersOfOtherDialectsSeeNothingOfTheProvidersOwnTools() throws {
        let facts = AnswerFacts(id: "a", model: "m", createdAt: 1)
        for surface in [OpenAISurface() as any ChatSurface, AnthropicSurface()] {
            var writer = surface.streamWriter(facts, includesUsage: false)
            var bytes: [UInt8] = []
            for event in try events("anthropic-server-tool-stream.sse") { writer.write(event, to: &bytes) }
            writer.finish(to: &bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("Looking.") && !text.contains("web_search") && !text.contains("harbour"))
        }
    }

    @Test func whatAzuresFilterFoundIsTold() throws {
        let passed = try events("azure-chat-stream.sse")
        #expect(passed.contains(.filter(objection: nil)))
        let chunk = #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"#
        let remark =
            #""content_filter_results":{"hate":{"filtered":false},"violence":{"filtered":true,"severity":"high"}}"#
        let stream = chunk + #""delta":{},"finish_reason":"content_filter",\#(remark)}]}"# + "\n\ndata: [DONE]\n\n"
        var reader = try #require(try Fixture.named("azure-chat-stream.sse").codec).streamReader()
        var events: [ChatEvent] = []
        try Array(stream.utf8).withUnsafeBytes { try reader.feed($0) { events.append($0) } }
        #expect(
            events.contains(.filter(objection: "violence")) && events.contains(.stop(.contentFilter, sequence: nil))
        )
    }

    @Test func aRefusalNamesItsCategory() throws {
        #expect(try events("anthropic-stream-refusal.sse").contains(.filter(objection: "cyber")))
    }

    @Test func noOtherStoredStreamHasAnObjection() throws {
        for fixture in Fixture.streams where fixture.isSuccess {
            let objections = try events(fixture.name).filter { event in
                if case .filter(let objection) = event { objection != nil } else { false }
            }
            #expect(objections.isEmpty, "\(fixture.name)")
        }
    }
}
