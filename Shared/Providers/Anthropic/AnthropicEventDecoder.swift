import JSON

/// Reads the events of a streamed message.
///
/// The events' names decide; without a name the data's `type` does. Names that this build doesn't know are passed over,
/// as the SDKs do.
struct AnthropicEventDecoder: EventDecoder {
    private(set) var isComplete = false
    private var usage = AnthropicUsage()
    private var hasStopped = false
    /// The block index of each tool call; its place is the answer's index.
    private var calls: [Int64] = []
    /// The calls of tools that Anthropic runs itself, by their block's index, until their arguments are whole.
    private var hosted: [Int64: ToolCall] = [:]

    private static let event: JSONKeys = ["type", "index", "delta", "content_block", "message", "usage"]
    private static let delta: JSONKeys = ["text", "partial_json", "thinking", "signature"]
    private static let ending: JSONKeys = ["stop_reason", "stop_sequence", "stop_details"]
    private static let message: JSONKeys = ["id", "model", "usage"]

    mutating func decode(name: String?, data: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        if name == "error" { throw AnthropicChatCodec.classify(data) }
        if name == "ping" { return emit(.other) }
        guard let members = try? JSONScanner.members(of: data, wanted: Self.event) else {
            throw .malformed("holds an event that is not JSON")
        }
        switch name ?? AnthropicChatCodec.string(members[0], data) {
        case "content_block_delta": grow(members, data, emit)
        case "content_block_start": try open(members, data, emit)
        case "content_block_stop": close(members[1], data, emit)
        case "message_start": start(members[4], data, emit)
        case "message_delta": end(members, data, emit)
        case "message_stop":
            if !hasStopped { emit(.stop(.other, sequence: nil)) }
            hasStopped = true
            isComplete = true
        case "error": throw AnthropicChatCodec.classify(data)
        default: emit(.other)
        }
    }

    mutating func decode(raw: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        if let value = try? JSONValue(parsing: raw), value["type"]?.string == "message" {
            throw ProviderError(.streamingUnsupported, "The provider answered without streaming.")
        }
        throw AnthropicChatCodec.classify(raw)
    }

    private mutating func start(_ range: Range<Int>?, _ data: [UInt8], _ emit: (ChatEvent) -> Void) {
        guard let range, let members = try? JSONScanner.members(of: data, in: range, wanted: Self.message) else {
            return
        }
        let (id, model) = (AnthropicChatCodec.string(members[0], data), AnthropicChatCodec.string(members[1], data))
        emit(.start(id: id, model: model))
        count(members[2], data, emit)
    }

    /// The hot one.
    private mutating func grow(_ members: [Range<Int>?], _ data: [UInt8], _ emit: (ChatEvent) -> Void) {
        guard let range = members[2],
            let delta = try? JSONScanner.members(of: data, in: range, wanted: Self.delta)
        else { return }
        if let text = AnthropicChatCodec.string(delta[0], data) {
            if !text.isEmpty { emit(.text(text)) }
        } else if let piece = AnthropicChatCodec.string(delta[1], data) {
            guard !piece.isEmpty, let index = blockIndex(members[1], data) else { return }
            if let place = calls.lastIndex(of: index) {
                emit(.toolArguments(index: place, piece))
            } else {
                hosted[index]?.arguments += piece
            }
        } else if let thought = AnthropicChatCodec.string(delta[2], data) {
            if !thought.isEmpty { emit(.reasoning(thought)) }
        } else if let signature = AnthropicChatCodec.string(delta[3], data), !signature.isEmpty {
            emit(.reasoningSignature(signature))
        }
    }

    private func blockIndex(_ range: Range<Int>?, _ data: [UInt8]) -> Int64? {
        range.flatMap { try? JSONScanner.int(in: $0, of: data) }
    }

    private mutating func open(
        _ members: [Range<Int>?],
        _ data: [UInt8],
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        guard let range = members[3], let block = try? JSONValue(parsing: data[range]) else { return }
        switch block["type"]?.string {
        case "text":
            if let text = block["text"]?.string, !text.isEmpty { emit(.text(text)) }
        case "thinking":
            if let text = block["thinking"]?.string, !text.isEmpty { emit(.reasoning(text)) }
            if let proof = block["signature"]?.string, !proof.isEmpty { emit(.reasoningSignature(proof)) }
        case "redacted_thinking":
            emit(.redactedReasoning(block["data"]?.string ?? ""))
        case "tool_use":
            guard calls.count < 128 else { throw .malformed("holds too many tool calls") }
            guard let id = block["id"]?.string, let name = block["name"]?.string, !name.isEmpty,
                let index = blockIndex(members[1], data)
            else { throw .malformed("holds a tool call without a name") }
            emit(.toolCall(index: calls.count, id: id, name: name, signature: nil))
            if let input = block["input"], input.object?.isEmpty == false {
                emit(.toolArguments(index: calls.count, input.text))
            }
            calls.append(index)
        case let type?:
            try openHosted(block, type, blockIndex(members[1], data), emit)
        case nil: break
        }
    }

    /// A block of a tool that Anthropic runs itself: the call's arguments come in pieces, its result whole.
    private mutating func openHosted(
        _ block: JSONValue,
        _ type: String,
        _ index: Int64?,
        _ emit: (ChatEvent) -> Void
    ) throws(ProviderError) {
        if type == "server_tool_use" || type == "mcp_tool_use" {
            guard hosted.count < 128 else { throw .malformed("holds too many tool calls") }
            guard let id = block["id"]?.string, let name = block["name"]?.string, let index else { return }
            let input = block["input"].flatMap { $0.object?.isEmpty == false ? $0.text : nil }
            hosted[index] = ToolCall(id: id, name: name, arguments: input ?? "")
        } else if type.hasSuffix("_tool_result"), let id = block["tool_use_id"]?.string {
            emit(.hostedResult(HostedTool.result(of: id, block["content"], isError: block["is_error"]?.bool)))
        } else {
            emit(.other)
        }
    }

    private mutating func close(_ range: Range<Int>?, _ data: [UInt8], _ emit: (ChatEvent) -> Void) {
        guard let index = blockIndex(range, data), let call = hosted.removeValue(forKey: index) else { return }
        emit(.hostedCall(call))
    }

    /// Counts are told before the end is, and a second end changes nothing.
    private mutating func end(_ members: [Range<Int>?], _ data: [UInt8], _ emit: (ChatEvent) -> Void) {
        count(members[5], data, emit)
        guard !hasStopped, let range = members[2],
            let delta = try? JSONScanner.members(of: data, in: range, wanted: Self.ending),
            let word = AnthropicChatCodec.string(delta[0], data)
        else { return }
        hasStopped = true
        if let range = delta[2], let category = (try? JSONValue(parsing: data[range]))?["category"]?.string {
            emit(.filter(objection: SafeText.name(category) ?? "refusal"))
        }
        emit(.stop(StopReason(anthropic: word), sequence: AnthropicChatCodec.string(delta[1], data)))
    }

    private mutating func count(_ range: Range<Int>?, _ data: [UInt8], _ emit: (ChatEvent) -> Void) {
        guard let range else { return }
        usage.update(data, in: range)
        if let usage = usage.usage { emit(.usage(usage)) }
    }
}
