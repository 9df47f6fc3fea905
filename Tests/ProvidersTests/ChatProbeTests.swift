import JSON
import Providers
import Testing

/// What the probe finds in a caller's request, and what it sends on.
@Suite struct ChatProbeTests {
    private let messages = #""messages":[{"role":"user","content":"hi"}]"#

    private func probe(_ text: String) throws -> ChatProbe { try ChatProbe(Array(text.utf8)) }

    private func problem(_ text: String) -> ChatProbe.Problem? {
        do throws(ChatProbe.Problem) {
            _ = try ChatProbe(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    private func spliced(_ text: String, _ model: String = "m") throws -> String {
        String(decoding: try probe(text).spliced(model: model), as: UTF8.self)
    }

    @Test func theFactsAreFound() throws {
        let facts = try probe(
            #"{"mod\u0065l":"gpt","n":2,"max_tokens":9,"max_completion_tokens":7,"stream":true,"tools":[{}], \#(messages)}"#
        )
        #expect(facts.model == "gpt")
        #expect(facts.stream)
        #expect(facts.maxTokens == 7)
        #expect(facts.choices == 2)
        #expect(facts.hasTools)
        #expect(!facts.asksForUsage)
        #expect(facts.hidesUsage)
    }

    @Test func onlyTheModelIsTouchedWithoutAStream() throws {
        let text = #"{ "temperature" : 0.10, "model" : "alias/gpt", "x":{"model":"y"}, \#(messages) }"#
        #expect(try spliced(text, "gpt\"5") == text.replacing(#""alias/gpt""#, with: #""gpt\"5""#))
    }

    @Test func aMissingModelIsAdded() throws {
        #expect(try spliced("  {\(messages)}") == "  {\"model\":\"m\",\(messages)}")
        #expect(try probe("{\(messages)}").model == nil)
    }

    @Test(
        arguments: [
            ("", #"{"stream_options":{"include_usage":true},"#),
            (#""stream_options":null,"#, #"{"stream_options":{"include_usage":true},"#),
            (#""stream_options":{},"#, #"{"stream_options":{"include_usage":true},"#),
            (
                #""stream_options":{ "include_obfuscation":false},"#,
                #"{"stream_options":{"include_usage":true, "include_obfuscation":false},"#
            ),
            (#""stream_options":{"include_usage":false},"#, #"{"stream_options":{"include_usage":true},"#),
            (#""stream_options":{"include_usage":null},"#, #"{"stream_options":{"include_usage":true},"#),
        ]
    )
    func theUsageOfAStreamIsAlwaysAskedFor(_ given: String, _ sent: String) throws {
        let rest = #""stream":true,"model":"m",\#(messages)}"#
        #expect(try spliced("{" + given + rest) == sent + rest)
        #expect(try probe("{" + given + rest).hidesUsage)
    }

    @Test func aCallersOwnWishForUsageIsLeftAlone() throws {
        let text = #"{"model":"m","stream":true,"stream_options":{"include_usage":true},\#(messages)}"#
        #expect(try spliced(text) == text)
        #expect(try !probe(text).hidesUsage)
    }

    @Test(
        arguments: [
            ("", ChatProbe.Problem.Code.notJSON, nil as String?),
            ("[]", .notJSON, nil),
            ("{\"model\":\"m\",", .notJSON, nil),
            (#"{"model":"a","mod\u0065l":"b","messages":[1]}"#, .duplicateKey, nil),
            (#"{"model":"a"}"#, .missing, "messages"),
            (#"{"model":"a","messages":[ ]}"#, .empty, "messages"),
            (#"{"model":"a","messages":"hi"}"#, .wrongType, "messages"),
            (#"{"model":1,"messages":[1]}"#, .wrongType, "model"),
            (#"{"model":"","messages":[1]}"#, .empty, "model"),
            (#"{"model":"a","stream":"yes","messages":[1]}"#, .wrongType, "stream"),
            (#"{"model":"a","max_tokens":1.5,"messages":[1]}"#, .wrongType, "max_tokens"),
            (#"{"model":"a","stream_options":[],"messages":[1]}"#, .wrongType, "stream_options"),
            (
                #"{"model":"a","stream_options":{"include_usage":1},"messages":[1]}"#, .wrongType,
                "stream_options.include_usage"
            ),
            (
                #"{"model":"a","stream_options":{"include_usage":true,"include_usage":false},"messages":[1]}"#,
                .duplicateKey, "stream_options"
            ),
        ]
    )
    func aWrongRequestIsNamed(_ text: String, _ code: ChatProbe.Problem.Code, _ param: String?) {
        let found = problem(text)
        #expect(found?.code == code)
        #expect(found?.param == param)
    }
}
