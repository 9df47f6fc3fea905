import Testing

@testable import Martlet

@Suite struct ChatStreamReaderTests {
    private func event(_ data: String) -> [UInt8] { Array(data.utf8) }

    @Test func textUsageAndEndAreRead() throws {
        var reader = ChatStreamReader()
        #expect(try reader.text(in: event(#"{"model":"m","choices":[{"delta":{"role":"assistant"}}]}"#)) == "")
        #expect(try reader.text(in: event(#"{"choices":[{"delta":{"content":"Hi"}}],"usage":null}"#)) == "Hi")
        let last = event(#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#)
        #expect(try reader.text(in: last) == "")
        #expect(reader.hasText && reader.model == "m" && !reader.isDone)
        #expect(reader.usage?.input == 3 && reader.usage?.output == 4)
        #expect(try reader.text(in: event("[DONE]")) == "")
        #expect(reader.isDone)
    }

    @Test func anErrorInTheStreamIsThrown() {
        var reader = ChatStreamReader()
        let error = #expect(throws: CommandError.self) {
            try reader.text(in: event(#"{"error":{"message":"gone","code":"provider_unavailable"}}"#))
        }
        #expect(error?.cause == "provider_unavailable" && error?.message == "gone")
        #expect(throws: CommandError.self) { try reader.text(in: event("no json")) }
    }
}
