import JSON

/// Reads the events of a streamed response. They say twice what they bring, in pieces and whole; the pieces count, and
/// the whole only where no piece came.
struct ResponsesEventDecoder: EventDecoder {
    private(set) var isComplete = false
    private var hasBegun = false
    private var isRefused = false
    private var saidSummary = false
    /// The open calls by the place of their item in the output; a call's own place is the answer's index.
    private var calls: [Call] = []

    private struct Call {
        let outputIndex: Int64
        var hasArguments = false
    }

    private static let event: JSONKeys = ["type", "delta", "output_index", "item", "response", "arguments"]

    mutating func decode(name: String?, data: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        guard !data.elementsEqual("[DONE]".utf8) else { return }
        guard let members = try? JSONScanner.members(of: data, wanted: Self.event) else {
            throw .malformed("holds an event that is not JSON")
        }
        let type = string(members[0], data) ?? name ?? ""
        switch type {
        case "response.output_text.delta":
            if let text = string(members[1], data), !text.isEmpty { emit(.text(text)) }
        case "response.refusal.delta":
            isRefused = true
            if let text = string(members[1], data), !text.isEmpty { emit(.text(text)) }
        case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
            guard let text = string(members[1], data), !text.isEmpty else { return }
            saidSummary = true
            emit(.reasoning(text))
        case "response.reasoning_summary_part.added":
            if saidSummary { emit(.reasoning("\n\n")) }
        case "response.function_call_arguments.delta":
            grow(members[2], string(members[1], data), data, emit)
        case "response.function_call_arguments.done":
            guard let place = place(members[2], data), !calls[place].hasArguments else { return }
            grow(members[2], string(members[5], data), data, emit)
        case "response.output_item.added":
            try open(members, data, emit)
        case "response.output_item.done":
            try finishItem(members, data, emit)
        case "response.created":
            guard let response = value(members[4], data) else { return }
            begin(response, emit)
        case "response.completed", "response.incomplete", "response.failed":
            guard let response = value(members[4], data) else { throw .malformed("holds no response") }
            try end(response, type, emit)
        case "error":
            throw ResponsesFailure.error(in: (try? JSONValue(parsing: data)) ?? .null)
        default:
            emit(.other)
        }
    }

    mutating func decode(raw: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        guard let value = try? JSONValue(parsing: raw) else { throw .malformed("holds an event that is not JSON") }
        if value["object"]?.string == "response" {
            throw ProviderError(.streamingUnsupported, "The provider answered without streaming.")
        }
        throw ResponsesFailure.error(in: value)
    }

    private mutating func begin(_ response: JSONValue, _ emit: (ChatEvent) -> Void) {
        guard !hasBegun else { return }
        hasBegun = true
        emit(.start(id: response["id"]?.string, model: response["model"]?.string))
    }

    private mutating func end(
        _ response: JSONValue,
        _ type: String,
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        if type == "response.failed" || response.optional("error") != nil {
            throw ResponsesFailure.error(in: response)
        }
        guard !isComplete else { return }
        isComplete = true
        begin(response, emit)
        if let usage = response.optional("usage").map(Usage.init(openAI:)) { emit(.usage(usage)) }
        let status = String(type.dropFirst("response.".count))
        let reason = OpenAIResponsesCodec.stopReason(status, response, hasCalls: !calls.isEmpty)
        emit(.stop(isRefused ? .contentFilter : reason, sequence: nil))
    }

    // MARK: Items

    private mutating func open(
        _ members: [Range<Int>?],
        _ data: [UInt8],
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        guard let item = value(members[3], data) else { return }
        if item["type"]?.string == "reasoning" { saidSummary = false }
        guard item["type"]?.string == "function_call", place(members[2], data) == nil else { return }
        guard calls.count < 128 else { throw .malformed("holds too many tool calls") }
        guard let name = item["name"]?.string, !name.isEmpty, let id = item["call_id"]?.string else {
            throw .malformed("holds a tool call without a name")
        }
        calls.append(Call(outputIndex: int(members[2], data) ?? Int64(calls.count)))
        emit(.toolCall(index: calls.count - 1, id: id, name: name, signature: nil))
    }

    private mutating func finishItem(
        _ members: [Range<Int>?],
        _ data: [UInt8],
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        guard let item = value(members[3], data) else { return }
        switch item["type"]?.string {
        case "reasoning":
            guard let proof = ReasoningItem(item)?.text else { return }
            emit(saidSummary ? .reasoningSignature(proof) : .redactedReasoning(proof))
            saidSummary = false
        case "function_call":
            if place(members[2], data) == nil { try open(members, data, emit) }
            guard let place = place(members[2], data), !calls[place].hasArguments else { return }
            grow(members[2], item["arguments"]?.string, data, emit)
        case let type?:
            guard let (call, result) = HostedTool.responsesItem(item, type) else { return }
            emit(.hostedCall(call))
            emit(.hostedResult(result))
        case nil: break
        }
    }

    private mutating func grow(
        _ index: Range<Int>?,
        _ piece: String?,
        _ data: [UInt8],
        _ emit: (ChatEvent) -> Void
    ) {
        guard let place = place(index, data), let piece, !piece.isEmpty else { return }
        calls[place].hasArguments = true
        emit(.toolArguments(index: place, piece))
    }

    /// The call that an event belongs to; without an index, the last.
    private func place(_ index: Range<Int>?, _ data: [UInt8]) -> Int? {
        guard let told = int(index, data) else { return calls.indices.last }
        return calls.lastIndex { $0.outputIndex == told }
    }

    private func int(_ range: Range<Int>?, _ data: [UInt8]) -> Int64? {
        range.flatMap { try? JSONScanner.int(in: $0, of: data) }
    }

    private func string(_ range: Range<Int>?, _ data: [UInt8]) -> String? {
        guard let range, JSONScanner.kind(in: range, of: data) == .string else { return nil }
        return try? JSONScanner.string(in: range, of: data)
    }

    private func value(_ range: Range<Int>?, _ data: [UInt8]) -> JSONValue? {
        range.flatMap { try? JSONValue(parsing: data[$0]) }
    }
}
