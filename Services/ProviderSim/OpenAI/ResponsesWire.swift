import JSON

/// OpenAI's responses, whole and as events. Pure; source: the reference sheet openai.md and its fixtures.
struct ResponsesWire {
    let request: ResponsesRequest
    let speech: Speech
    /// The answer's letters, which all of its ids end with.
    let id: String
    let created: Int
    /// The model that the answer names.
    let model: String

    /// As many tokens as it always thinks.
    private static let reasoningTokens = 64

    /// The whole response.
    var response: JSONValue { envelope(status: ending, output: items, usage: usage) }

    private var ending: String { speech.ending == .length ? "incomplete" : "completed" }

    private var usage: JSONValue {
        let output = speech.outputTokens + Self.reasoningTokens
        return [
            "input_tokens": JSONValue(request.talk.inputTokens),
            "input_tokens_details": ["cached_tokens": 0, "cache_write_tokens": 0], "output_tokens": JSONValue(output),
            "output_tokens_details": ["reasoning_tokens": JSONValue(Self.reasoningTokens)],
            "total_tokens": JSONValue(request.talk.inputTokens + output),
        ]
    }

    private func envelope(
        status: String,
        output: [JSONValue],
        usage: JSONValue = .null,
        error: JSONValue = .null
    ) -> JSONValue {
        let body = request.body
        let details: JSONValue = status == "incomplete" ? ["reason": "max_output_tokens"] : .null
        return [
            "id": .string("resp_\(id)"), "object": "response", "created_at": JSONValue(created),
            "status": .string(status), "background": false, "error": error, "incomplete_details": details,
            "instructions": body["instructions"] ?? .null, "max_output_tokens": body["max_output_tokens"] ?? .null,
            "model": .string(model), "output": .array(output),
            "parallel_tool_calls": body["parallel_tool_calls"] ?? true, "previous_response_id": .null,
            "reasoning": ["effort": .string(request.effort), "summary": .null], "store": .bool(request.stores),
            "temperature": .number("1.0"), "text": body["text"] ?? ["format": ["type": "text"]],
            "tool_choice": body["tool_choice"] ?? "auto", "tools": body["tools"] ?? [], "top_p": .number("1.0"),
            "truncation": "disabled", "user": .null, "metadata": [:], "usage": usage,
        ]
    }

    // MARK: Items

    private var items: [JSONValue] { [reasoning, spoken(status: "completed", whole: true)] }

    private var reasoning: JSONValue {
        let item: JSONValue = ["id": .string("rs_\(id)"), "type": "reasoning", "summary": []]
        guard request.includesReasoning else { return item }
        return item.with("encrypted_content", .string("\(ResponsesRequest.seal)\(id)=="))
    }

    /// The message or the call.
    private func spoken(status: String, whole: Bool) -> JSONValue {
        guard let tool = speech.tool else {
            return [
                "id": .string("msg_\(id)"), "type": "message", "status": .string(status), "role": "assistant",
                "content": whole ? [part(speech.text ?? "")] : [],
            ]
        }
        return [
            "id": .string("fc_\(id)"), "type": "function_call", "status": .string(status),
            "call_id": .string("call_\(id)"), "name": .string(tool.name),
            "arguments": .string(whole ? tool.arguments : ""),
        ]
    }

    private func part(_ text: String) -> JSONValue {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": []]
    }

    // MARK: Events

    /// The stream without its last event, in order; each with its name as `type`.
    var opening: [JSONValue] {
        var events: [JSONValue] = [
            ["type": "response.created", "response": envelope(status: "in_progress", output: [])],
            ["type": "response.in_progress", "response": envelope(status: "in_progress", output: [])],
            ["type": "response.output_item.added", "output_index": 0, "item": reasoning],
            ["type": "response.output_item.done", "output_index": 0, "item": reasoning],
            [
                "type": "response.output_item.added", "output_index": 1,
                "item": spoken(status: "in_progress", whole: false),
            ],
        ]
        events += speech.tool == nil ? textEvents : argumentEvents
        events.append([
            "type": "response.output_item.done", "output_index": 1, "item": spoken(status: "completed", whole: true),
        ])
        return events
    }

    var completed: JSONValue { ["type": .string("response.\(ending)"), "response": response] }

    var failed: JSONValue {
        let error: JSONValue = ["code": "server_error", "message": "The model produced an error."]
        return ["type": "response.failed", "response": envelope(status: "failed", output: [], error: error)]
    }

    private var textEvents: [JSONValue] {
        func event(_ type: String, _ name: String, _ value: JSONValue) -> JSONValue {
            [
                "type": .string("response.\(type)"), "item_id": .string("msg_\(id)"), "output_index": 1,
                "content_index": 0, name: value,
            ]
        }
        let text = speech.text ?? ""
        let deltas = speech.textPieces.map { event("output_text.delta", "delta", .string($0)).with("logprobs", []) }
        return [event("content_part.added", "part", part(""))] + deltas + [
            event("output_text.done", "text", .string(text)).with("logprobs", []),
            event("content_part.done", "part", part(text)),
        ]
    }

    private var argumentEvents: [JSONValue] {
        func event(_ type: String, _ fields: [JSONField]) -> JSONValue {
            .object(
                [
                    JSONField("type", .string("response.function_call_arguments.\(type)")),
                    JSONField("item_id", .string("fc_\(id)")), JSONField("output_index", 1),
                ] + fields
            )
        }
        let whole = [
            JSONField("name", .string(speech.tool?.name ?? "")),
            JSONField("arguments", .string(speech.tool?.arguments ?? "")),
        ]
        return speech.argumentPieces.map { event("delta", [JSONField("delta", .string($0))]) } + [event("done", whole)]
    }
}
