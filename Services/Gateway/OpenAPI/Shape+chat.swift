import JSON

/// What the SDKs' routes take and answer: the members that Martlet itself reads or writes, and the common ones.
extension Shape {
    /// An answer of OpenAI's dialect, whole or a piece of one.
    private static func completion(_ object: String, _ choice: [Member], _ usage: Member) -> Shape {
        .object(
            .must("id", .text),
            .must("object", .only(.string(object))),
            .must("created", .integer),
            .must("model", .text),
            .must("choices", .list(of: .composed(of: [.must("index", .count)] + choice))),
            usage
        )
    }

    static let chat: [(name: String, shape: Shape)] = [
        (
            "ChatRequest",
            .object(
                .must("model", .text.like("gpt-5-mini")),
                .must("messages", .list(of: .ref("ChatMessage"))),
                .may("stream", .flag.or(false)),
                .may("stream_options", .object(.may("include_usage", .flag)).orNull),
                .may("tools", .list(of: .anyObject)),
                .may("tool_choice", .either(.text, .anyObject)),
                .may("max_tokens", .integer.from(1).orNull),
                .may("max_completion_tokens", .integer.from(1).orNull),
                .may("temperature", .number.orNull),
                .may("top_p", .number.orNull),
                .may("n", .integer.from(1).orNull),
                .may("stop", .either(.text, .list(of: .text)).orNull),
                .may("response_format", .anyObject),
                .may("reasoning_effort", .text.orNull)
            )
        ),
        (
            "TurnRequest",
            .object(
                .must("action", .words("reply_text", "reply_image", "reply_text_image")),
                .must("messages", .list(of: .ref("ChatMessage"))),
                .may("model", .text.about("A model's name or `connector-name/model`.")),
                .may(
                    "image",
                    .object(
                        .may("prompt", .text.about("Without it, the last thing that the user said.")),
                        .may(
                            "chain",
                            .list(
                                of: .object(
                                    .may("connector", .text.about("A connector's name, id or type.")),
                                    .may("model", .text),
                                    .may("variant", .text.about("The provider's word for quality."))
                                )
                            ).elements(1...TurnRequest.chainLimit).about("Ways to make the picture, tried in order.")
                        )
                    )
                ),
                .may("feature", .text.about("Whose pin counts, as `x-martlet-feature`.")),
                .may("tools", .list(of: .anyObject))
            ).about("And members of ChatRequest.")
        ),
        (
            "ChatMessage",
            .object(
                .must("role", .words("system", "developer", "user", "assistant", "tool", "function")),
                .may("content", .either(.text, .list(of: .anyObject)).orNull),
                .may("tool_calls", .list(of: .anyObject)),
                .may("tool_call_id", .text)
            )
        ),
        (
            "ChatCompletion",
            completion(
                "chat.completion",
                [.must("message", .ref("ChatMessage")), .must("finish_reason", .text.orNull)],
                .may("usage", .ref("ChatUsage"))
            )
        ),
        (
            "ChatChunk",
            completion(
                "chat.completion.chunk",
                [.must("delta", .anyObject), .may("finish_reason", .text.orNull)],
                .may("usage", .either(.ref("ChatUsage"), .only(nil)))
            )
        ),
        (
            "ChatUsage",
            .object(
                .must("prompt_tokens", .count),
                .must("completion_tokens", .count),
                .must("total_tokens", .count)
            )
        ),
        (
            "MessagesRequest",
            .object(
                .must("model", .text),
                .must("max_tokens", .integer.from(1)),
                .must(
                    "messages",
                    .list(
                        of: .object(
                            .must("role", .words("user", "assistant")),
                            .must("content", .either(.text, .list(of: .anyObject)))
                        )
                    )
                ),
                .may("system", .either(.text, .list(of: .anyObject))),
                .may("stream", .flag.or(false)),
                .may("tools", .list(of: .anyObject)),
                .may("tool_choice", .anyObject),
                .may("temperature", .number),
                .may("stop_sequences", .list(of: .text))
            )
        ),
        (
            "Message",
            .object(
                .must("id", .text),
                .must("type", .only("message")),
                .must("role", .only("assistant")),
                .must("model", .text),
                .must("content", .list(of: .object(.must("type", .text)))),
                .must("stop_reason", .text.orNull),
                .must("usage", .object(.must("input_tokens", .count), .must("output_tokens", .count)))
            )
        ),
        (
            "EmbeddingsRequest",
            .object(
                .must("model", .text),
                .must("input", .either(.text, .list(of: .any))),
                .may("dimensions", .integer.from(1)),
                .may("encoding_format", .words("float", "base64"))
            )
        ),
        (
            "Embeddings",
            .object(.must("data", .list(of: .anyObject)), .may("model", .text), .may("usage", .anyObject))
        ),
        ("Models", .object(.must("object", .only("list")), .must("data", .list(of: .ref("Model"))))),
        (
            "Model",
            .object(
                .must("id", .text),
                .must("object", .only("model")),
                .must("created", .integer),
                .must("owned_by", .text),
                .must("connector", .text.about("The name of the connector that offers it."))
            )
        ),
    ]
}
