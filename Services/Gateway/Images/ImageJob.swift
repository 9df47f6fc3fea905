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

/// One image of a job that is about to be accepted.
struct NewImage: Sendable {
    let id: String
    let title: String
    let kind: String
    let spec: ImageSpec
}

/// A job that is about to be accepted.
struct NewJob: Sendable {
    let id: String
    let owner: String
    let idempotencyKey: String?
    let bodyHash: [UInt8]
    let connector: Connector
    let skipped: Int
    let images: [NewImage]
}

/// An image as the store has it.
struct ImageRow: Sendable {
    enum State: String, Sendable {
        case queued
        case leased
        case done
        case failed
        case cancelled

        var isFinal: Bool { self == .done || self == .failed || self == .cancelled }
    }

    struct Picture: Sendable {
        let sha256: String
        let type: String
        let width: Int
        let height: Int
        let bytes: Int
        let thumbSha256: String?
        let thumbType: String?
    }

    let id: String
    let job: String
    let position: Int
    let title: String
    let kind: String
    let state: State
    let picture: Picture?
    let costUSD: Double?
    let error: [UInt8]?
    let model: String
}

/// A job as the store has it.
struct JobRow: Sendable {
    let id: String
    let owner: String
    let skipped: Int
    let createdAt: Int64
    let images: [ImageRow]

    var generated: Int { images.count { $0.state == .done } }
    var failed: Int { images.count { $0.state == .failed } }
    var isFinished: Bool { images.allSatisfy(\.state.isFinal) }

    /// `queued|running|succeeded|partial|failed|cancelled`.
    var status: String {
        guard isFinished else { return images.contains { $0.state != .queued } ? "running" : "queued" }
        if generated == images.count { return "succeeded" }
        if generated > 0 { return "partial" }
        return images.contains { $0.state == .failed } ? "failed" : "cancelled"
    }
}

/// Something that happened to a job, as its event stream tells it. One with a number is in the store and is sent again
/// to a client that comes back with `Last-Event-ID`; one without is for the moment only.
struct JobEvent: Sendable {
    let job: String
    let number: Int?
    let name: String
    let data: [UInt8]
}
