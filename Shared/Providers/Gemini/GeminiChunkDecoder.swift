import JSON

/// Reads `GenerateContentResponse`s: the chunks of a stream, or the one of a blocking answer.
///
/// A stream has no terminal marker of its own; the chunk with a `finishReason` is the last that has content. Usage
/// comes with every chunk and counts from the answer's beginning. Parts of kinds that nobody asked for are left out,
/// and so are signatures of anything but calls: no model insists on those.
struct GeminiChunkDecoder: EventDecoder {
    private(set) var isComplete = false
    /// A candidate was there, however empty.
    private(set) var hasCandidate = false
    private var responseID: String?
    private var hasContent = false
    private var calls = 0

    private static let chunk: JSONKeys = [
        "candidates", "usageMetadata", "error", "responseId", "modelVersion", "promptFeedback",
    ]
    private static let candidate: JSONKeys = ["content", "finishReason"]
    private static let content: JSONKeys = ["parts"]
    private static let part: JSONKeys = ["text", "thought", "functionCall", "inlineData", "thoughtSignature"]
    private static let call: JSONKeys = ["id", "name", "args"]
    private static let blob: JSONKeys = ["mimeType", "data"]
    private static let feedback: JSONKeys = ["blockReason"]

    mutating func decode(name: String?, data: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        guard let members = try? JSONScanner.members(of: data, wanted: Self.chunk) else {
            throw .malformed("holds what is not JSON as documented")
        }
        if let range = members[2], JSONScanner.kind(in: range, of: data) != .null { throw Self.failure(data) }
        if responseID == nil, let id = string(members[3], data), !id.isEmpty {
            responseID = id
            emit(.start(id: id, model: string(members[4], data)))
        }
        if let range = members[1], let usage = Usage(gemini: data, in: range) { emit(.usage(usage)) }
        if let range = members[5], let feedback = self.members(range, data, Self.feedback),
            let reason = string(feedback[0], data), reason != "BLOCK_REASON_UNSPECIFIED"
        {
            throw GeminiFailure.rejected(reason)
        }
        guard let range = members[0], let first = try? JSONScanner.elements(of: data, in: range).first else { return }
        try read(first, data, emit)
    }

    /// An error without `data:`, or an answer by a server that doesn't know `alt=sse`.
    mutating func decode(raw: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        let value = try? JSONValue(parsing: raw)
        if (value?.array?.first ?? value)?["candidates"] != nil {
            throw ProviderError(.streamingUnsupported, "The provider answered without streaming.")
        }
        throw Self.failure(raw)
    }

    private static func failure(_ payload: [UInt8]) -> ProviderError {
        GeminiFailure.classify(status: nil, header: { _ in nil }, body: payload)
    }

    private mutating func read(
        _ candidate: Range<Int>,
        _ data: [UInt8],
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        guard let members = members(candidate, data, Self.candidate) else { return }
        hasCandidate = true
        guard !isComplete else { return }
        if let content = members[0].flatMap({ self.members($0, data, Self.content) }), let range = content[0],
            let parts = try? JSONScanner.elements(of: data, in: range)
        {
            for part in parts { try readPart(part, data, emit) }
        }
        guard let word = string(members[1], data), word != "FINISH_REASON_UNSPECIFIED" else { return }
        switch GeminiFinish(word, hasCalls: calls > 0, hasContent: hasContent) {
        case .broken: throw GeminiFailure.broken(word)
        case .ended(let reason):
            isComplete = true
            emit(.stop(reason, sequence: nil))
        }
    }

    private mutating func readPart(
        _ range: Range<Int>,
        _ data: [UInt8],
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        guard let part = members(range, data, Self.part) else { return }
        let isThought = part[1].flatMap { try? JSONScanner.bool(in: $0, of: data) } ?? false
        if let text = string(part[0], data), !text.isEmpty {
            emit(isThought ? .reasoning(text) : .text(text))
            hasContent = true
        }
        if let call = part[2] { try readCall(call, signature: string(part[4], data), data, emit) }
        guard !isThought, let range = part[3], let blob = members(range, data, Self.blob),
            let type = string(blob[0], data), type.hasPrefix("image/"), let base64 = string(blob[1], data)
        else { return }
        emit(.image(ImagePart(.data(mediaType: type, base64: base64))))
        hasContent = true
    }

    /// A call comes whole. An id that Gemini leaves out is made up from the answer's own, so that it is the same for
    /// whoever reads these bytes again.
    private mutating func readCall(
        _ range: Range<Int>,
        signature: String?,
        _ data: [UInt8],
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        guard calls < 128 else { throw .malformed("holds too many tool calls") }
        guard let call = members(range, data, Self.call), let name = string(call[1], data), !name.isEmpty else {
            throw .malformed("holds a tool call without a name")
        }
        let told = string(call[0], data) ?? ""
        let id = told.isEmpty ? GeminiCallID.made(response: responseID, index: calls) : told
        emit(.toolCall(index: calls, id: id, name: name, signature: signature))
        let hasArguments = call[2].map { JSONScanner.kind(in: $0, of: data) == .object } ?? false
        let arguments = hasArguments ? call[2].map { String(decoding: data[$0], as: UTF8.self) } : nil
        emit(.toolArguments(index: calls, arguments ?? "{}"))
        calls += 1
        hasContent = true
    }

    private func members(_ range: Range<Int>, _ data: [UInt8], _ wanted: JSONKeys) -> [Range<Int>?]? {
        try? JSONScanner.members(of: data, in: range, wanted: wanted)
    }

    private func string(_ range: Range<Int>?, _ data: [UInt8]) -> String? {
        guard let range, JSONScanner.kind(in: range, of: data) == .string else { return nil }
        return try? JSONScanner.string(in: range, of: data)
    }
}

/// Ids for the calls to which Gemini gives none. Gemini must not see them again: it would look for its own.
enum GeminiCallID {
    private static let prefix = "call_mt_"

    /// An id for a call by its place in an answer.
    static func made(response: String?, index: Int) -> String {
        "\(prefix)\(response.flatMap(SafeText.name) ?? "0")_\(index)"
    }

    /// The id if it is Gemini's own.
    static func own(_ id: String) -> String? { id.hasPrefix(prefix) ? nil : id }
}
