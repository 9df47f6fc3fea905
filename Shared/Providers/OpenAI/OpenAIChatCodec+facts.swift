import JSON

extension OpenAIChatCodec {
    /// What the gateway wants to know of an answer that passes through, read without a tree.
    public func facts(of body: [UInt8]) throws(ProviderError) -> ChatAnswer {
        let members = try Self.members(body, ["choices", "usage", "model", "error"])
        if let range = members[3], JSONScanner.kind(in: range, of: body) != .null {
            throw classify(body)
        }
        guard let choices = members[0], let elements = try? JSONScanner.elements(of: body, in: choices),
            let first = elements.first
        else { throw .malformed("holds no choice") }
        var answer = ChatAnswer()
        let choice = try Self.members(body, ["finish_reason", "message"], in: first)
        answer.finishReason = choice[0].flatMap { try? JSONScanner.string(in: $0, of: body) }
        guard let message = choice[1] else { throw .malformed("holds no message") }
        let refusal = try Self.members(body, ["refusal"], in: message)[0]
        answer.refused = refusal.map { JSONScanner.kind(in: $0, of: body) == .string } ?? false
        answer.model = members[2].flatMap { try? JSONScanner.string(in: $0, of: body) }
        if let range = members[1], JSONScanner.kind(in: range, of: body) == .object {
            answer.usage = Usage(openAI: body, in: range, habits)
        }
        return answer
    }

    private static func members(
        _ body: [UInt8],
        _ wanted: JSONKeys,
        in range: Range<Int>? = nil
    ) throws(ProviderError) -> [Range<Int>?] {
        do throws(JSONError) {
            return try JSONScanner.members(of: body, in: range, wanted: wanted)
        } catch {
            throw .malformed("is not JSON as documented")
        }
    }
}
