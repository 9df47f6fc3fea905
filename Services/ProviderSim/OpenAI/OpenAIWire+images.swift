import JSON

extension OpenAIWire {
    /// One picture of an answer: its bytes in base64, or where they lie.
    enum Image {
        case base64(String)
        case url(String)
    }

    static func images(_ request: ImageRequest, created: Int, _ images: [Image]) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field("created", created)
            writer.field("background", request.background)
            writer.field("output_format", request.formatName)
            writer.field("quality", request.quality)
            writer.field("size", request.size)
            writer.field(
                "data",
                array: { writer in
                    for image in images {
                        writer.object { writer in
                            switch image {
                            case .base64(let text): writer.field("b64_json", raw: quoted(text))
                            case .url(let url): writer.field("url", url)
                            }
                        }
                    }
                }
            )
            writer.field("usage", object: { write(request, to: &$0) })
        }
        return writer.bytes
    }

    static func partialImage(_ request: ImageRequest, created: Int, index: Int, base64: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("type", "image_generation.partial_image")
            writer.field("partial_image_index", index)
            write(request, created, base64, to: &writer)
        }
    }

    static func completedImage(_ request: ImageRequest, created: Int, base64: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("type", "image_generation.completed")
            writer.field("usage", object: { write(request, to: &$0) })
            write(request, created, base64, to: &writer)
        }
    }

    private static func write(_ request: ImageRequest, _ created: Int, _ base64: String, to writer: inout JSONWriter) {
        writer.field("b64_json", raw: quoted(base64))
        writer.field("created_at", created)
        writer.field("size", request.size)
        writer.field("quality", request.quality)
        writer.field("background", request.background)
        writer.field("output_format", request.formatName)
    }

    private static func write(_ request: ImageRequest, to writer: inout JSONWriter) {
        let (input, output) = request.usage
        writer.field("input_tokens", input)
        writer.field(
            "input_tokens_details",
            object: { writer in
                writer.field("text_tokens", input)
                writer.field("image_tokens", 0)
            }
        )
        writer.field("output_tokens", output)
        writer.field("total_tokens", input + output)
    }

    /// Base64 has nothing to escape, so a megabyte of it is not searched for it.
    private static func quoted(_ base64: String) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        bytes.reserveCapacity(base64.utf8.count + 2)
        bytes.append(contentsOf: base64.utf8)
        bytes.append(UInt8(ascii: "\""))
        return bytes
    }
}
