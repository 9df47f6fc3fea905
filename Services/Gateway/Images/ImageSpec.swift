import JSON
import Wire

/// What one image is to be, as the store keeps it and the worker gets it.
struct ImageSpec: Sendable, Equatable {
    var model: String
    var prompt: String
    var negativePrompt: String?
    var size: String?
    var quality: String?
    var imageType: String?
    var format: ImageFormat = .webp

    var json: [UInt8] {
        JSONWriter.object { writer in
            writer.field("model", model)
            writer.field("prompt", prompt)
            writer.optional("negative_prompt", negativePrompt)
            writer.optional("size", size)
            writer.optional("quality", quality)
            writer.optional("image_type", imageType)
            writer.field("format", format.rawValue)
        }
    }

    init(model: String, prompt: String) {
        self.model = model
        self.prompt = prompt
    }

    /// From ``json``.
    init(stored bytes: [UInt8]) throws(JSONError) {
        let value = try JSONValue(parsing: bytes)
        model = try value.string("model")
        prompt = try value.string("prompt")
        negativePrompt = try value.optionalString("negative_prompt")
        size = try value.optionalString("size")
        quality = try value.optionalString("quality")
        imageType = try value.optionalString("image_type")
        format = ImageFormat(rawValue: try value.string("format")) ?? .webp
    }
}
