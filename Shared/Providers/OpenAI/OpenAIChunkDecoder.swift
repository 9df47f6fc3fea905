import JSON

/// Reads the chunks of a streamed chat completion.
///
/// The first chunk may be empty but for a filter's remarks (Azure), names may come back as null (OpenRouter), and the
/// usage stands in a chunk of its own or in the last one.
struct OpenAIChunkDecoder: EventDecoder {
    private(set) var isComplete = false
    private let codec: OpenAIChatCodec
    private var hasBegun = false
    private var stopReason: StopReason?
    /// The provider's index and id of each open call; its place is the answer's index.
    private var calls: [(index: Int64, id: String)] = []

    init(habits: OpenAIChatCodec.Habits, classify: @escaping @Sendable ([UInt8]) -> ProviderError) {
        codec = OpenAIChatCodec(habits, classify: classify)
    }

    private static let chunk: JSONKeys = [
        "choices", "usage", "error", "id", "model", "object", "prompt_filter_results",
    ]
    private static let choice: JSONKeys = ["delta", "finish_reason", "content_filter_results"]
    private static let delta: JSONKeys = [
        "content", "tool_calls", "reasoning_content", "reasoning", "refusal", "images",
    ]

    mutating func decode(name: String?, data: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        if data.elementsEqual("[DONE]".utf8) {
            isComplete = true
            return
        }
        guard let members = try? JSONScanner.members(of: data, wanted: Self.chunk) else {
            throw name == "error" ? codec.classify(data) : .malformed("holds an event that is not JSON")
        }
        if name == "error" || isError(members, data) { throw codec.classify(data) }
        begin(members, data, emit)
        readFilter(members[6], data, emit)
        if let range = members[1], JSONScanner.kind(in: range, of: data) == .object,
            let value = try? JSONValue(parsing: data[range])
        {
            emit(.usage(codec.usage(value)))
        }
        guard let range = members[0], let choices = try? JSONScanner.elements(of: data, in: range) else { return }
        if let first = choices.first { try read(first, data, emit) }
    }

    mutating func decode(raw: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        if let value = try? JSONValue(parsing: raw), value["object"]?.string == "chat.completion" {
            throw ProviderError(.streamingUnsupported, "The provider answered without streaming.")
        }
        throw codec.classify(raw)
    }

    private func isError(_ members: [Range<Int>?], _ data: [UInt8]) -> Bool {
        if let range = members[5], (try? JSONScanner.string(in: range, of: data)) == "error" { return true }
        guard let range = members[2] else { return false }
        switch JSONScanner.kind(in: range, of: data) {
        case .null, nil: return false
        case .bool: return (try? JSONScanner.bool(in: range, of: data)) ?? false
        default: return true
        }
    }

    private mutating func begin(_ members: [Range<Int>?], _ data: [UInt8], _ emit: (ChatEvent) -> Void) {
        guard !hasBegun, let range = members[3], let id = string(range, data), !id.isEmpty else { return }
        hasBegun = true
        emit(.start(id: id, model: string(members[4], data)))
    }

    private mutating func read(
        _ choice: Range<Int>,
        _ data: [UInt8],
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        guard let members = try? JSONScanner.members(of: data, in: choice, wanted: Self.choice) else { return }
        if let range = members[0], let delta = try? JSONScanner.members(of: data, in: range, wanted: Self.delta) {
            if let text = string(delta[2] ?? delta[3], data), !text.isEmpty { emit(.reasoning(text)) }
            if let text = string(delta[0], data), !text.isEmpty { emit(.text(text)) }
            if let text = string(delta[4], data), !text.isEmpty { emit(.text(text)) }
            if let range = delta[1], JSONScanner.kind(in: range, of: data) == .array {
                guard let list = try? JSONValue(parsing: data[range]) else { throw .malformed("holds no tool calls") }
                for call in list.array ?? [] { try read(call, emit) }
            }
            if let range = delta[5], let list = try? JSONValue(parsing: data[range]) {
                for image in list.array ?? [] {
                    if let url = image["image_url"]?["url"]?.string { emit(.image(ImagePart(DataURL.source(url)))) }
                }
            }
        }
        readFilter(members[2], data, emit)
        guard let word = string(members[1], data) else { return }
        if word == "error" { throw codec.classify(data) }
        isComplete = true
        // A second finish reason (some servers repeat it) changes nothing.
        guard stopReason == nil else { return }
        let reason = StopReason(openAI: word, hasCalls: !calls.isEmpty)
        stopReason = reason
        emit(.stop(reason, sequence: nil))
    }

    /// Azure's remarks: categories with `filtered` and a severity, for an answer at once and for each prompt in a list.
    private func readFilter(_ range: Range<Int>?, _ data: [UInt8], _ emit: (ChatEvent) -> Void) {
        guard let range, range.count > 2, let value = try? JSONValue(parsing: data[range]) else { return }
        let remarks = value.array?.compactMap { $0["content_filter_results"] } ?? [value]
        let categories = remarks.flatMap { $0.object ?? [] }
        guard !categories.isEmpty else { return }
        let objection = categories.first { $0.value["filtered"]?.bool == true }
        emit(.filter(objection: objection.map { SafeText.name($0.name) ?? "content_filter" }))
    }

    /// A call's first piece names it, the later ones only grow it.
    private mutating func read(_ value: JSONValue, _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        let function = value.optional("function")
        let name = function?.optional("name")?.string ?? ""
        let known = place(of: value, name: name)
        let place = if let known { known } else { try open(value, name: name, emit) }
        let arguments = function?.optional("arguments")
        if let piece = arguments?.string ?? arguments?.text, !piece.isEmpty {
            emit(.toolArguments(index: place, piece))
        }
    }

    /// The open call that a piece belongs to. Without an index each named piece is a call of its own (Ollama); so is one
    /// with another id under the same index.
    private func place(of value: JSONValue, name: String) -> Int? {
        guard let told = value["index"]?.int else { return name.isEmpty ? calls.indices.last : nil }
        guard let place = calls.lastIndex(where: { $0.index == told }) else { return nil }
        if let id = value.optional("id")?.string, !id.isEmpty, !name.isEmpty, id != calls[place].id { return nil }
        return place
    }

    private mutating func open(
        _ value: JSONValue,
        name: String,
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) -> Int {
        guard calls.count < 128 else { throw .malformed("holds too many tool calls") }
        guard !name.isEmpty else { throw .malformed("holds a tool call without a name") }
        let place = calls.count
        let id = value.optional("id")?.string ?? "call_\(place)"
        calls.append((value["index"]?.int ?? Int64(place), id))
        let signature = value["extra_content"]?["google"]?["thought_signature"]?.string
        emit(.toolCall(index: place, id: id, name: name, signature: signature))
        return place
    }

    private func string(_ range: Range<Int>?, _ data: [UInt8]) -> String? {
        guard let range, JSONScanner.kind(in: range, of: data) == .string else { return nil }
        return try? JSONScanner.string(in: range, of: data)
    }
}
