import JSON
import Testing

@testable import Gateway

/// How prompts come out of templates.
@Suite struct PromptTemplateTests {
    private func expand(_ text: String, title: String = "T", prompt: String = "P", type: String = "cartoon") throws
        -> String?
    {
        try PromptTemplate(text: text).prompt(.init(title: title, prompt: prompt, type: type))
    }

    @Test(arguments: [
        ("{image_prompt}", "P"),
        ("{post_title}: {image_prompt}, {image_type}", "T: P, cartoon"),
        ("{image_prompt}{image_prompt}", "PP"),
        ("no placeholder", "no placeholder"),
        // Two braces stand for one.
        ("{{image_prompt}}", "{image_prompt}"),
        ("{{{image_prompt}}}", "{P}"),
        ("{{}} {{x}}", "{} {x}"),
        // A brace that begins no name is itself.
        ("{ image_prompt }", "{ image_prompt }"),
        (#"{"style": "{image_type}"}"#, #"{"style": "cartoon"}"#),
        ("a { b } c", "a { b } c"),
        ("open {image_prompt", "open {image_prompt"),
        ("{", "{"),
        ("{}", "{}"),
        ("ends in {{", "ends in {"),
        ("sea ☂ {image_prompt} ☂", "sea ☂ P ☂"),
    ])
    func placeholdersAreFilledAndOtherBracesAreText(template: String, prompt: String) throws {
        #expect(try expand(template) == prompt)
    }

    @Test func whatIsPutInIsTextWhateverItHolds() throws {
        let values = (title: "{image_prompt}", prompt: "{post_title} {{ {image_type}", type: "{post_title}")
        let prompt = try expand(
            "{post_title}|{image_prompt}|{image_type}",
            title: values.title,
            prompt: values.prompt,
            type: values.type
        )
        #expect(prompt == "\(values.title)|\(values.prompt)|\(values.type)")
    }

    @Test(arguments: ["{title}", "{Post_Title}", "{image_prompt} {image-type}", "{0}", "{image_prompt.x}"])
    func anUnknownPlaceholderIsRefused(text: String) throws {
        let error = #expect(throws: GatewayError.self) { _ = try PromptTemplate(text: text, at: "template.") }
        #expect(error?.code == .unprocessable && error?.param == "template.text")
        #expect(error?.message.contains("{post_title}, {image_prompt}, {image_type}") == true)
    }

    @Test func lengthsAreBounded() throws {
        let most = String(repeating: "x", count: PromptTemplate.textLimit)
        #expect(try expand(most) == most)
        for text in ["", " \n", most + "x"] {
            #expect(throws: GatewayError.self) { _ = try PromptTemplate(text: text) }
        }
        #expect(throws: GatewayError.self) { _ = try PromptTemplate(text: "x", negativePrompt: most + "x") }
        let many = String(repeating: "{image_prompt}", count: PromptTemplate.placeholderLimit)
        let long = String(repeating: "y", count: PromptTemplate.promptLimit / PromptTemplate.placeholderLimit)
        #expect(try expand(many, prompt: long)?.utf8.count == PromptTemplate.promptLimit)
        #expect(try expand(many, prompt: long + "y") == nil, "longer than a prompt may be")
        #expect(throws: GatewayError.self) { _ = try PromptTemplate(text: many + "{image_prompt}") }
    }

    @Test func theBuiltInOneIsThePromptAndItsStyle() {
        let values = PromptTemplate.Values(title: "T", prompt: "P", type: "cartoon")
        #expect(PromptTemplate.builtIn(hasType: false).prompt(values) == "P")
        #expect(PromptTemplate.builtIn(hasType: true).prompt(values) == "P\n\nStyle: cartoon")
    }

    @Test(arguments: [
        #"{}"#, #"{"text":7}"#, #"{"text":"x","negative_prompt":7}"#, #"{"text":"x","title":"y"}"#, #"7"#,
    ])
    func aTemplateHasATextAndPerhapsANegativePrompt(json: String) throws {
        #expect(throws: GatewayError.self) { _ = try PromptTemplate(JSONValue(parsing: json)) }
    }
}
