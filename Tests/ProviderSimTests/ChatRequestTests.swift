import JSON
import Pictures
import Testing

@testable import ProviderSim

@Suite struct ChatRequestTests {
    func read(_ text: String, strict: Bool = false) throws -> ChatRequest {
        try ChatRequest(JSONValue(parsing: text), strict: strict)
    }

    func refusal(_ text: String, strict: Bool = false) -> Refusal? {
        do {
            _ = try read(text, strict: strict)
            return nil
        } catch {
            return error as? Refusal
        }
    }

    @Test func whatTheUserSaidLastIsThePrompt() throws {
        let request = try read(
            #"{"model":"m","messages":[{"role":"system","content":"Brief."},{"role":"user","content":"One"},{"role":"assistant","content":"x"},{"role":"user","content":[{"type":"text","text":"Two"},{"type":"image_url","image_url":{"url":"data:"}}]}],"unheard_of":1}"#
        )
        #expect(request.prompt == "Two" && request.talk.system == "Brief." && !request.stream)
    }

    @Test func whatIsMissingOrWrongIsNamed() {
        #expect(refusal(#"{"messages":[]}"#)?.message == "you must provide a model parameter")
        #expect(refusal(#"{"model":"m"}"#)?.parameter == "messages")
        #expect(refusal(#"{"model":"m","messages":[]}"#)?.code == "empty_array")
        #expect(refusal(#"{"model":"m","messages":"hi"}"#)?.code == "invalid_type")
        #expect(refusal(#"{"model":"m","messages":[{"role":"king","content":"a"}]}"#)?.parameter == "messages[0].role")
        #expect(refusal(#"{"model":"m","messages":[{"content":"a"}]}"#)?.code == "missing_required_parameter")
        #expect(
            refusal(#"{"model":"m","messages":[{"role":"user","content":"a"}],"n":0}"#)?.code
                == "integer_below_min_value"
        )
        #expect(
            refusal(#"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":3}"#)?.parameter
                == "temperature"
        )
        #expect(
            refusal(#"{"model":"m","messages":[{"role":"user","content":"a"}],"stream_options":{}}"#)?.parameter
                == "stream_options"
        )
    }

    @Test func theNewestModelsRefuseTheOldLimitOnlyWhenStrict() {
        let body = #"{"model":"gpt-5-mini","max_tokens":5,"messages":[{"role":"user","content":"a"}]}"#
        #expect(refusal(body) == nil)
        #expect(refusal(body, strict: true)?.code == "unsupported_parameter")
    }

    static let weather =
        #""tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":2,"maximum":2},"unit":{"enum":["C"]},"parts":{"type":"array","items":{"type":"boolean"}}}}}}]"#

    @Test func aForcedToolIsCalledWithWhatItsSchemaAllows() throws {
        let choice = #""tool_choice":{"type":"function","function":{"name":"get_weather"}}"#
        let request = try read(
            #"{"model":"m","messages":[{"role":"user","content":"And in Brest?"}],\#(Self.weather),\#(choice)}"#
        )
        #expect(request.talk.tool?.name == "get_weather")
        #expect(request.talk.tool?.arguments == #"{"city":"Brest","days":2,"unit":"C","parts":[true]}"#)
    }

    @Test func aToolIsCalledWhenThePromptNamesItAndNotAfterItAnswered() throws {
        let asked = #"{"role":"user","content":"What is the weather?"}"#
        #expect(try read(#"{"model":"m","messages":[\#(asked)],\#(Self.weather)}"#).talk.tool != nil)
        let forbidden = try read(#"{"model":"m","messages":[\#(asked)],"tool_choice":"none",\#(Self.weather)}"#)
        #expect(forbidden.talk.tool == nil)
        let answered = #"{"role":"tool","tool_call_id":"c","content":"12 degrees"}"#
        let request = try read(#"{"model":"m","messages":[\#(asked),\#(answered)],\#(Self.weather)}"#)
        #expect(request.talk.tool == nil && request.talk.toolResult == "12 degrees")
    }

    @Test func aLimitCutsTheAnswerAndSaysSo() throws {
        let head = OpenAIWire.Head(id: "chatcmpl-1", created: 1, model: "m")
        let body =
            #"{"model":"m","messages":[{"role":"user","content":"Tell me about tides"}],"max_completion_tokens":10}"#
        let answer = ChatAnswer(try read(body), head: head)
        #expect(answer.choices[0].finish == "length" && answer.usage.output == 10)
    }

    @Test func thePiecesOfAStreamMakeTheWholeAnswer() throws {
        let head = OpenAIWire.Head(id: "chatcmpl-1", created: 1, model: "m")
        let answer = ChatAnswer(
            try read(#"{"model":"m","messages":[{"role":"user","content":"Tell me about tides"}]}"#),
            head: head
        )
        let text = answer.deltas.reduce(into: "") { if case .text(let piece) = $1.delta { $0 += piece } }
        #expect(text == answer.choices[0].text)
        #expect((20...120).contains(answer.deltas.count))
        #expect(answer.usage.output == Answers.tokens(text))
    }

    @Test func imageRequestsAreChecked() throws {
        let read = { (text: String) throws -> ImageRequest in try ImageRequest(JSONValue(parsing: text), strict: false)
        }
        let good = try read(#"{"prompt":"a fox","n":3,"size":"1536x1024","output_format":"webp","quality":"low"}"#)
        #expect(good.count == 3 && good.width == 1_536 && good.type == .webp && good.usage.output == 3 * 408)
        for bad in [
            "{}", #"{"prompt":""}"#, #"{"prompt":"a","n":11}"#, #"{"prompt":"a","size":"10x10"}"#,
            #"{"prompt":"a","size":"big"}"#,
            #"{"prompt":"a","size":"4096x1024"}"#, #"{"prompt":"a","output_format":"gif"}"#,
            #"{"prompt":"a","partial_images":4}"#,
        ] {
            #expect(throws: Refusal.self) { _ = try read(bad) }
        }
    }
}
