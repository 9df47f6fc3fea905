import JSON

extension Usage {
    private static let geminiKeys: JSONKeys = [
        "promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "cachedContentTokenCount",
        "toolUsePromptTokenCount", "promptTokensDetails",
    ]

    /// Gemini's `usageMetadata` as it stands in an answer's bytes; nil when it is broken or counts nothing.
    ///
    /// Thoughts are counted beside the answer's tokens and belong to the output. A member that isn't there is 0.
    init?(gemini body: [UInt8], in range: Range<Int>) {
        guard let found = try? JSONScanner.members(of: body, in: range, wanted: Self.geminiKeys),
            let prompt = Self.count(body, found[0])
        else { return nil }
        self.init()
        let thoughts = Self.count(body, found[2])
        inputTokens = prompt + (Self.count(body, found[4]) ?? 0)
        outputTokens = (Self.count(body, found[1]) ?? 0) + (thoughts ?? 0)
        cachedInputTokens = Self.count(body, found[3])
        reasoningTokens = thoughts
        if let range = found[5] { readModalities(body, range) }
    }

    private static let modality: JSONKeys = ["modality", "tokenCount"]

    private mutating func readModalities(_ body: [UInt8], _ range: Range<Int>) {
        guard let entries = try? JSONScanner.elements(of: body, in: range) else { return }
        for entry in entries.prefix(8) {
            guard let found = try? JSONScanner.members(of: body, in: entry, wanted: Self.modality),
                let name = found[0], let count = Self.count(body, found[1])
            else { continue }
            if body[name].elementsEqual("\"TEXT\"".utf8) { textInputTokens = count }
            if body[name].elementsEqual("\"IMAGE\"".utf8) { imageInputTokens = count }
        }
    }
}
