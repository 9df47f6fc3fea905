import JSON
import Testing

@testable import ProviderSim

@Suite struct AnswersTests {
    @Test func thePromptAloneDecidesTheAnswer() {
        let one = Answers.text(prompt: "Why is the sea salty?")
        #expect(one == Answers.text(prompt: "Why is the sea salty?"))
        #expect(one != Answers.text(prompt: "Why is the sky blue?"))
        #expect(one.contains("the sea salty"))
    }

    @Test(arguments: [
        ("Say hello", "hello"), ("Reply with exactly: PONG 42", "PONG 42"),
        ("Repeat after me: \"tea, please\"", "tea, please"),
        ("Say the word 'kestrel'.", "kestrel"), ("What is 17 + 4?", "17 + 4 = 21."), ("12*12", "12 × 12 = 144."),
    ])
    func whatIsEasyIsDone(prompt: String, answer: String) {
        #expect(Answers.text(prompt: prompt) == answer)
    }

    @Test func jsonIsJSONWhateverThePrompt() throws {
        for prompt in ["Give me JSON", #"a "quoted" \ thing"#, "", "\u{1}\n"] {
            let value = try JSONValue(parsing: Answers.text(prompt: prompt, wantsJSON: true))
            #expect(value["answer"]?.string != nil)
        }
    }

    @Test(arguments: ["", " ", "?", String(repeating: "é🐦 ", count: 3_000), "9999999999999 + 1"])
    func noPromptIsTooOdd(prompt: String) {
        let text = Answers.text(prompt: prompt)
        #expect(!text.isEmpty && text.count < 2_000)
        #expect(Answers.pieces(text).joined() == text)
    }

    @Test func aRewriteLeavesProtectedNamesOut() {
        let prompt = "Mickey Mouse painted by Picasso"
        #expect(Answers.namesProtected(prompt))
        let rewritten = Answers.text(prompt: prompt, system: "Rewrite the user's image prompt so that it is safe.")
        #expect(!Answers.namesProtected(rewritten))
    }
}
