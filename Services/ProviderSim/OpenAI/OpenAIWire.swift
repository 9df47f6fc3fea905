import JSON

/// OpenAI's shapes, as bytes. Pure; source: the reference sheet openai.md and its fixtures.
enum OpenAIWire {
    /// What stays the same over all pieces of one answer.
    struct Head {
        var id: String
        var created: Int
        var model: String
    }

    struct Usage {
        var input: Int
        var output: Int
        /// Part of the output, unless it is left out there.
        var reasoning = 0
        var leavesReasoningOut = false
        var costUSD: Double?
        var costTicks: Int?
    }

    // MARK: Chat

    static func completion(_ head: Head, _ choices: [Speech], _ usage: Usage) -> [UInt8] {
        JSONWriter.object { writer in
            write(head, "chat.completion", to: &writer)
            writer.field(
                "choices",
                array: { writer in
                    for (index, choice) in choices.enumerated() {
                        writer.object { writer in
                            writer.field("index", index)
                            writer.field("message", object: { write(choice, callID(head, index), to: &$0) })
                            writer.field("logprobs", JSONValue?.none)
                            writer.field("finish_reason", choice.finish)
                        }
                    }
                }
            )
            writer.field("usage", object: { write(usage, to: &$0) })
            writer.field("service_tier", "default")
            writer.field("system_fingerprint", "fp_martletsim")
        }
    }

    private static func write(_ choice: Speech, _ callID: String, to writer: inout JSONWriter) {
        writer.field("role", "assistant")
        writer.field("content", choice.text)
        writer.field("refusal", JSONValue?.none)
        if let tool = choice.tool {
            writer.field(
                "tool_calls",
                array: { writer in
                    writer.object { write(tool, callID, tool.arguments, to: &$0) }
                }
            )
        } else {
            writer.field("annotations", array: { _ in })
        }
    }

    private static func write(_ tool: Conversation.Tool, _ id: String, _ arguments: String, to writer: inout JSONWriter)
    {
        writer.field("id", id)
        writer.field("type", "function")
        writer.field(
            "function",
            object: { writer in
                writer.field("name", tool.name)
                writer.field("arguments", arguments)
            }
        )
    }

    static func callID(_ head: Head, _ index: Int) -> String { "call_\(head.id.suffix(22))\(index)" }

    /// What a piece of a stream brings.
    enum Delta {
        case role(hasContent: Bool)
        case text(String)
        case reasoning(String)
        case toolStart(Conversation.Tool)
        case wholeTool(Conversation.Tool)
        case toolArguments(String)
        case end(String)
    }

    /// One piece. With `usageIsNull` it says so, as every piece does when usage was asked for.
    static func chunk(
        _ head: Head,
        _ delta: Delta,
        choice: Int = 0,
        usageIsNull: Bool,
        obfuscation: String?
    ) -> [UInt8] {
        JSONWriter.object { writer in
            write(head, "chat.completion.chunk", to: &writer)
            writer.field("service_tier", "default")
            writer.field("system_fingerprint", "fp_martletsim")
            writer.field(
                "choices",
                array: { writer in
                    writer.object { writer in
                        writer.field("index", choice)
                        writer.field("delta", object: { write(delta, callID(head, choice), to: &$0) })
                        writer.field("logprobs", JSONValue?.none)
                        if case .end(let reason) = delta {
                            writer.field("finish_reason", reason)
                        } else {
                            writer.field("finish_reason", JSONValue?.none)
                        }
                    }
                }
            )
            if usageIsNull { writer.field("usage", JSONValue?.none) }
            writer.optional("obfuscation", obfuscation)
        }
    }

    private static func write(_ delta: Delta, _ callID: String, to writer: inout JSONWriter) {
        switch delta {
        case .role(let hasContent):
            writer.field("role", "assistant")
            writer.field("content", hasContent ? "" : nil)
            writer.field("refusal", JSONValue?.none)
        case .text(let text):
            writer.field("content", text)
        case .reasoning(let text):
            writer.field("reasoning_content", text)
        case .toolStart(let tool), .wholeTool(let tool):
            let arguments = if case .wholeTool = delta { tool.arguments } else { "" }
            writer.field(
                "tool_calls",
                array: { writer in
                    writer.object { writer in
                        writer.field("index", 0)
                        write(tool, callID, arguments, to: &writer)
                    }
                }
            )
        case .toolArguments(let piece):
            writer.field(
                "tool_calls",
                array: { writer in
                    writer.object { writer in
                        writer.field("index", 0)
                        writer.field("function", object: { $0.field("arguments", piece) })
                    }
                }
            )
        case .end:
            break
        }
    }

    static func usageChunk(_ head: Head, _ usage: Usage) -> [UInt8] {
        JSONWriter.object { writer in
            write(head, "chat.completion.chunk", to: &writer)
            writer.field("service_tier", "default")
            writer.field("system_fingerprint", "fp_martletsim")
            writer.field("choices", array: { _ in })
            writer.field("usage", object: { write(usage, to: &$0) })
        }
    }

    private static func write(_ head: Head, _ object: String, to writer: inout JSONWriter) {
        writer.field("id", head.id)
        writer.field("object", object)
        writer.field("created", head.created)
        writer.field("model", head.model)
    }

    private static func write(_ usage: Usage, to writer: inout JSONWriter) {
        writer.field("prompt_tokens", usage.input)
        writer.field("completion_tokens", usage.output)
        writer.field("total_tokens", usage.input + usage.output + (usage.leavesReasoningOut ? usage.reasoning : 0))
        writer.field(
            "prompt_tokens_details",
            object: { writer in
                writer.field("cached_tokens", 0)
                writer.field("audio_tokens", 0)
            }
        )
        writer.field(
            "completion_tokens_details",
            object: { writer in
                for name in [
                    "reasoning_tokens", "audio_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens",
                ] {
                    writer.field(name, name == "reasoning_tokens" ? usage.reasoning : 0)
                }
            }
        )
        writer.optional("cost", usage.costUSD)
        writer.optional("cost_in_usd_ticks", usage.costTicks)
    }

    // MARK: Models

    /// What `GET /v1/models` lists; other names of these families work too.
    static let models = [
        "gpt-6.1-sol", "gpt-5.5", "gpt-5.4", "gpt-5-mini", "gpt-5-nano", "gpt-4.1", "gpt-4.1-mini", "gpt-4o",
        "gpt-4o-mini",
        "gpt-image-2", "gpt-image-2.6-sunburst", "gpt-image-2.6-flare", "sim-fast", "sim-slow",
    ]

    static func modelList() -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("object", "list")
            writer.field(
                "data",
                array: { writer in
                    for model in models { writer.object { write(model, to: &$0) } }
                }
            )
        }
    }

    static func model(_ name: String) -> [UInt8] { JSONWriter.object { write(name, to: &$0) } }

    private static func write(_ model: String, to writer: inout JSONWriter) {
        writer.field("id", model)
        writer.field("object", "model")
        writer.field("created", 1_795_000_000)
        writer.field("owned_by", "system")
    }
}

extension Speech {
    /// OpenAI's word for how it ended.
    var finish: String {
        switch ending {
        case .stop: "stop"
        case .length: "length"
        case .tool: "tool_calls"
        }
    }
}
