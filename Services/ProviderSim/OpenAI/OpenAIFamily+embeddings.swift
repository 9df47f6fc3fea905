import Crypto
import HTTP
import JSON

extension OpenAIFamily {
    func embeddings(_ visit: Visit) async throws(HTTPError) {
        let request: EmbeddingsRequest
        let body = try await body(visit)
        do throws(Refusal) {
            request = try EmbeddingsRequest(body.get())
        } catch {
            _ = admits(visit, model: (try? body.get())?["model"]?.string ?? "", prompt: "", refusal: error)
            return
        }
        guard admits(visit, model: request.model, prompt: request.texts.first ?? "") else { return }
        try await visit.think()
        let whole = { request.answer(model: shownModel(request.model)) }
        let failed = failing(request.model)
        if try await visit.answersOddly(streams: false, failed: failed, whole: whole) { return }
        visit.send(Reply(200, json: whole()), headers: headers(request.model, tokens: request.tokens))
    }
}

/// An embeddings request, and vectors that follow from the texts' words, so that texts with words in common are near.
struct EmbeddingsRequest {
    let model: String
    /// Texts, or the tokens' numbers as text.
    let texts: [String]
    let dimensions: Int
    let wantsBase64: Bool

    var tokens: Int { texts.reduce(0) { $0 + Answers.tokens($1) } }

    init(_ body: JSONValue) throws(Refusal) {
        guard let model = try body.text("model"), !model.isEmpty else {
            throw Refusal("you must provide a model parameter")
        }
        self.model = model
        guard let input = body.optional("input") else {
            throw Refusal("Missing required parameter: 'input'.", "input", "missing_required_parameter")
        }
        let entries = input.array ?? [input]
        let isTokens = entries.first?.int != nil
        texts = isTokens ? [input.text] : entries.map { $0.string ?? $0.text }
        guard !texts.isEmpty, texts.count <= 2_048, texts.allSatisfy({ !$0.isEmpty }) else {
            throw Refusal("'input' is invalid: 1 to 2048 texts that are not empty are due.", "input", "invalid_value")
        }
        let usual = model.contains("large") ? 3_072 : 1_536
        dimensions = try body.number("dimensions", 1...usual) ?? usual
        let format = try body.text("encoding_format") ?? "float"
        guard ["float", "base64"].contains(format) else {
            let text = "Invalid value: '\(format.prefix(40))'. Supported values are: 'float', and 'base64'."
            throw Refusal(text, "encoding_format", "invalid_value")
        }
        wantsBase64 = format == "base64"
    }

    /// The sum of its words' directions, of length 1.
    static func vector(_ text: String, dimensions: Int) -> [Float] {
        var sum = [Double](repeating: 0, count: dimensions)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            var dice = Dice(String(word))
            for index in sum.indices { sum[index] += dice.real(-1...1) }
        }
        if sum.allSatisfy({ $0 == 0 }) { sum[0] = 1 }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return sum.map { Float($0 / length) }
    }

    func answer(model: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("object", "list")
            writer.field(
                "data",
                array: { list in
                    for (index, text) in texts.enumerated() {
                        list.object { write(Self.vector(text, dimensions: dimensions), index, &$0) }
                    }
                }
            )
            writer.field("model", model)
            writer.field(
                "usage",
                object: { usage in
                    usage.field("prompt_tokens", tokens)
                    usage.field("total_tokens", tokens)
                }
            )
        }
    }

    private func write(_ vector: [Float], _ index: Int, _ writer: inout JSONWriter) {
        writer.field("object", "embedding")
        writer.field("index", index)
        if wantsBase64 {
            let bytes = vector.flatMap { number in
                withUnsafeBytes(of: number.bitPattern.littleEndian) { [UInt8]($0) }
            }
            writer.field("embedding", Base64.encode(bytes))
        } else {
            writer.field("embedding", array: { for number in vector { $0.value(Double(number)) } })
        }
    }
}
