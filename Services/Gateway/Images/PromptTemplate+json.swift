import JSON

extension PromptTemplate {
    /// Reads `{"text", "negative_prompt"?}`.
    init(_ json: JSONValue, at path: String = "") throws(GatewayError) {
        guard let members = json.object else {
            let sentence = "A template is an object with `text`; a text is a stored template's name."
            throw GatewayError(.unprocessable, sentence, param: path.isEmpty ? nil : String(path.dropLast()))
        }
        for member in members where !["text", "negative_prompt"].contains(member.name) {
            let sentence = "A template has `text` and `negative_prompt`."
            throw GatewayError(.unprocessable, sentence, param: path + member.name.prefix(64))
        }
        guard let text = json["text"]?.string else {
            throw GatewayError(.unprocessable, "A template has a `text`.", param: path + "text")
        }
        let negative = json.optional("negative_prompt")
        guard negative == nil || negative?.string != nil else {
            throw GatewayError(.unprocessable, "`negative_prompt` is a text.", param: path + "negative_prompt")
        }
        try self.init(text: text, negativePrompt: negative?.string, at: path)
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("text", text)
        writer.field("negative_prompt", negativePrompt)
    }
}
