import Providers
import Testing

/// The guide's worked example does what the guide says.
@Suite struct PigeonTests {
    @Test func aLetterGoesAndAnAnswerComes() throws {
        let codec = PigeonCodec()
        let body = try codec.body(for: ChatRequest(model: "homer-1", messages: [ChatMessage(.user, "Hello")]))
        #expect(
            String(decoding: body, as: UTF8.self) == #"{"bird":"homer-1","letters":[{"from":"user","words":"Hello"}]}"#
        )
        let result = try codec.result(from: Array(#"{"words":"Coo.","why":"done","grains":[2,5]}"#.utf8))
        #expect(result.parts.text == "Coo." && result.stopReason == .stop && result.usage?.totalTokens == 7)
    }

    @Test func aStreamIsReadAndACutOneIsAnError() throws {
        let whole = "data: {\"words\":\"Co\"}\n\ndata: {\"words\":\"o.\",\"why\":\"done\",\"grains\":[2,5]}\n\n"
        for (text, code) in [(whole, nil), (String(whole.prefix(24)), ProviderError.Code.malformedResponse)] {
            var reader = PigeonCodec().streamReader()
            var collector = ChatCollector()
            var failure: ProviderError?
            do throws(ProviderError) {
                failure = Array(text.utf8).withUnsafeBytes { bytes in
                    do throws(ProviderError) {
                        try reader.feed(bytes) { collector.take($0) }
                        return nil
                    } catch {
                        return error
                    }
                }
                try reader.end { collector.take($0) }
            } catch {
                failure = error
            }
            #expect(failure?.code == code)
            #expect(code != nil || collector.answer.parts.text == "Coo.")
        }
    }
}
