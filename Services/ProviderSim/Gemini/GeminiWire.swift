import JSON

/// Gemini's shapes, as bytes. Pure; source: the reference sheet gemini.md and its fixtures.
enum GeminiWire {
    /// What stays the same over all pieces of one answer.
    struct Head {
        var id: String
        var model: String
    }

    struct Usage {
        var input: Int
        var output: Int
        var thoughts = 0
        var isPicture = false
    }

    enum Part {
        case text(String)
        case thought(String)
        case call(Conversation.Tool)
        /// A PNG in base64.
        case picture(String)
    }

    /// A `GenerateContentResponse`. Without parts the content is empty, as that of a blocked answer is.
    static func answer(_ head: Head, _ parts: [Part], finish: String?, _ usage: Usage) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field(
                "candidates",
                array: { list in
                    list.object { candidate in
                        candidate.field("content", object: { if !parts.isEmpty { write(parts, head, &$0) } })
                        candidate.optional("finishReason", finish)
                        candidate.field("index", 0)
                    }
                }
            )
            writer.field("usageMetadata", object: { write(usage, &$0) })
            writer.field("modelVersion", head.model)
            writer.field("responseId", head.id)
        }
    }

    /// A prompt that the filter stopped: no candidate at all.
    static var blocked: [UInt8] {
        JSONWriter.object { writer in
            writer.field("promptFeedback", object: { $0.field("blockReason", "PROHIBITED_CONTENT") })
            writer.field("usageMetadata", object: { write(Usage(input: 9, output: 0), &$0) })
            writer.field("modelVersion", "gemini")
        }
    }

    static func tokens(_ count: Int) -> [UInt8] { JSONWriter.object { $0.field("totalTokens", count) } }

    private static func write(_ parts: [Part], _ head: Head, _ content: inout JSONWriter) {
        content.field(
            "parts",
            array: { list in
                for (index, part) in parts.enumerated() { list.object { write(part, head, index, &$0) } }
            }
        )
        content.field("role", "model")
    }

    private static func write(_ part: Part, _ head: Head, _ index: Int, _ writer: inout JSONWriter) {
        switch part {
        case .text(let text):
            writer.field("text", text)
        case .thought(let text):
            writer.field("text", text)
            writer.field("thought", true)
        case .call(let tool):
            writer.field(
                "functionCall",
                object: { call in
                    call.field("id", "fc-\(head.id.prefix(8))\(index)")
                    call.field("name", tool.name)
                    call.field("args", raw: tool.arguments.utf8)
                }
            )
            writer.field("thoughtSignature", "c2lnbmVkLWJ5LXRoZS1zaW11bGF0b3I=")
        case .picture(let base64):
            writer.field(
                "inlineData",
                object: { blob in
                    blob.field("mimeType", "image/png")
                    blob.field("data", raw: "\"\(base64)\"".utf8)
                }
            )
        }
    }

    private static func write(_ usage: Usage, _ writer: inout JSONWriter) {
        writer.field("promptTokenCount", usage.input)
        if usage.output > 0 { writer.field("candidatesTokenCount", usage.output) }
        writer.field("totalTokenCount", usage.input + usage.output + usage.thoughts)
        if usage.thoughts > 0 { writer.field("thoughtsTokenCount", usage.thoughts) }
        writer.field("promptTokensDetails", array: { $0.object { write("TEXT", usage.input, &$0) } })
        if usage.isPicture {
            writer.field("candidatesTokensDetails", array: { $0.object { write("IMAGE", usage.output, &$0) } })
        }
    }

    private static func write(_ modality: String, _ count: Int, _ writer: inout JSONWriter) {
        writer.field("modality", modality)
        writer.field("tokenCount", count)
    }

    // MARK: Models

    /// What `GET …/models` lists; other names of these families work too.
    static let models = [
        "gemini-3.8-flash", "gemini-3.8-pro", "gemini-2.5-flash", "gemini-2.5-pro", "gemini-3.1-flash-image",
        "gemini-3.1-flash-lite-image", "gemini-3-pro-image", "gemini-embedding-2",
    ]

    static func models(from start: Int, count: Int) -> [UInt8] {
        JSONWriter.object { writer in
            let page = models.dropFirst(start).prefix(count)
            writer.field("models", array: { list in for model in page { list.object { write(model, &$0) } } })
            if start + count < models.count { writer.field("nextPageToken", "\(start + count)") }
        }
    }

    static func model(_ name: String) -> [UInt8] { JSONWriter.object { write(name, &$0) } }

    private static func write(_ model: String, _ writer: inout JSONWriter) {
        let methods = model.contains("embedding") ? ["embedContent"] : ["generateContent", "countTokens"]
        writer.field("name", "models/\(model)")
        writer.field("version", "001")
        writer.field("displayName", model)
        writer.field("description", "Simulated.")
        writer.field("inputTokenLimit", 1_048_576)
        writer.field("outputTokenLimit", 65_536)
        writer.field("supportedGenerationMethods", array: { list in for method in methods { list.value(method) } })
    }
}
