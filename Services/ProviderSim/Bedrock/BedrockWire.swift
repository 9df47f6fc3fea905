import JSON

/// Bedrock's shapes, as bytes. Pure; source: AWS's service models and the reference sheet's fixtures.
enum BedrockWire {
    // MARK: Chat

    static func answer(_ answer: ConverseAnswer) -> [UInt8] {
        JSONWriter.object { body in
            body.field("metrics", object: { $0.field("latencyMs", 12) })
            body.field(
                "output",
                object: { output in
                    output.field(
                        "message",
                        object: { message in
                            message.field("content", array: { list in list.object { write(answer, &$0) } })
                            message.field("role", "assistant")
                        }
                    )
                }
            )
            body.field("stopReason", answer.stopReason)
            body.field("usage", object: { usage(answer.input, answer.output, &$0) })
        }
    }

    private static func write(_ answer: ConverseAnswer, _ block: inout JSONWriter) {
        guard let tool = answer.speech.tool else { return block.field("text", answer.speech.text ?? "") }
        block.field(
            "toolUse",
            object: { use in
                use.field("toolUseId", answer.callID)
                use.field("name", tool.name)
                use.field("input", raw: tool.arguments.utf8)
            }
        )
    }

    /// What AWS's model does not name is there too, as in its real answers.
    private static func usage(_ input: Int, _ output: Int, _ writer: inout JSONWriter) {
        writer.field("inputTokens", input)
        writer.field("outputTokens", output)
        writer.field("serverToolUsage", object: { _ in })
        writer.field("totalTokens", input + output)
    }

    /// A frame's payload, with padding of random length.
    static func payload(_ event: ConverseAnswer.Event, pad: String?) -> [UInt8] {
        JSONWriter.object { body in
            switch event {
            case .start: body.field("role", "assistant")
            case .toolStart(let id, let name):
                body.field("contentBlockIndex", 0)
                body.field(
                    "start",
                    object: { start in
                        start.field(
                            "toolUse",
                            object: { use in
                                use.field("name", name)
                                use.field("toolUseId", id)
                            }
                        )
                    }
                )
            case .text(let text):
                body.field("contentBlockIndex", 0)
                body.field("delta", object: { $0.field("text", text) })
            case .toolInput(let piece):
                body.field("contentBlockIndex", 0)
                body.field("delta", object: { $0.field("toolUse", object: { $0.field("input", piece) }) })
            case .blockStop: body.field("contentBlockIndex", 0)
            case .stop(let reason): body.field("stopReason", reason)
            case .metadata(let input, let output):
                body.field("metrics", object: { $0.field("latencyMs", 12) })
                body.field("usage", object: { usage(input, output, &$0) })
            }
            body.optional("p", pad)
        }
    }

    // MARK: Pictures

    static func images(_ request: InvokeRequest, _ images: [String]) -> [UInt8] {
        JSONWriter.object { body in
            if !request.isAmazons {
                body.field("seeds", array: { list in for _ in images { list.value(request.seed) } })
                body.field("finish_reasons", array: { list in for _ in images { list.null() } })
            }
            body.field("images", array: { list in for image in images { list.value(image) } })
            if request.isAmazons { body.null("error") }
        }
    }

    /// A refusal of the content, which comes with status 200.
    static func filtered(_ request: InvokeRequest) -> [UInt8] {
        JSONWriter.object { body in
            guard request.isAmazons else {
                return body.field("finish_reasons", array: { $0.value("Filter reason: prompt") })
            }
            body.field("images", array: { _ in })
            body.field("error", "This request has been blocked by our content filters.")
        }
    }

    // MARK: Models

    /// Id, vendor, output, how it is called.
    private static let models = [
        ("anthropic.claude-opus-5-5", "Anthropic", "TEXT", "INFERENCE_PROFILE"),
        ("anthropic.claude-sonnet-5-5", "Anthropic", "TEXT", "INFERENCE_PROFILE"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "Anthropic", "TEXT", "INFERENCE_PROFILE"),
        ("meta.llama3-3-70b-instruct-v1:0", "Meta", "TEXT", "INFERENCE_PROFILE"),
        ("amazon.nova-pro-v1:0", "Amazon", "TEXT", "ON_DEMAND"),
        ("amazon.nova-lite-v1:0", "Amazon", "TEXT", "ON_DEMAND"),
        ("stability.stable-image-core-v1:1", "Stability AI", "IMAGE", "ON_DEMAND"),
        ("stability.stable-image-ultra-v1:1", "Stability AI", "IMAGE", "ON_DEMAND"),
        ("stability.sd3-5-large-v1:0", "Stability AI", "IMAGE", "ON_DEMAND"),
    ]

    /// - Parameter output: only models with that kind of output.
    static func modelList(output: String?) -> [UInt8] {
        JSONWriter.object { body in
            body.field(
                "modelSummaries",
                array: { list in
                    for model in models where output == nil || output == model.2 { list.object { write(model, &$0) } }
                }
            )
        }
    }

    private static func write(_ model: (String, String, String, String), _ entry: inout JSONWriter) {
        entry.field("modelArn", "arn:aws:bedrock:us-east-1::foundation-model/\(model.0)")
        entry.field("modelId", model.0)
        entry.field("modelName", model.0)
        entry.field("providerName", model.1)
        entry.field("inputModalities", array: { $0.value("TEXT") })
        entry.field("outputModalities", array: { $0.value(model.2) })
        entry.field("responseStreamingSupported", model.2 == "TEXT")
        entry.field("customizationsSupported", array: { _ in })
        entry.field("inferenceTypesSupported", array: { $0.value(model.3) })
        entry.field("modelLifecycle", object: { $0.field("status", "ACTIVE") })
    }
}
