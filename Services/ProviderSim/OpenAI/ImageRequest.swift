import JSON
import Pictures

/// An image request, read and checked as OpenAI does.
struct ImageRequest {
    var model = "gpt-image-2"
    var prompt: String
    var count = 1
    var width = 1_024
    var height = 1_024
    var type: PictureType = .png
    var compression = 90
    var quality = "high"
    var background = "opaque"
    var wantsURL = false
    var stream = false
    var partials = 0

    var size: String { "\(width)x\(height)" }
    var formatName: String { type == .jpg ? "jpeg" : type.rawValue }

    init(_ body: JSONValue, strict: Bool) throws(Refusal) {
        guard let prompt = try body.text("prompt") else {
            throw Refusal("Missing required parameter: 'prompt'.", "prompt", "missing_required_parameter")
        }
        guard !prompt.isEmpty else {
            throw Refusal("Invalid 'prompt': string too short.", "prompt", "string_below_min_length")
        }
        guard prompt.count <= 32_000 else {
            throw Refusal("Invalid 'prompt': string too long.", "prompt", "string_above_max_length")
        }
        self.prompt = prompt
        model = try body.text("model") ?? model
        count = try body.number("n", 1...10) ?? 1
        stream = try body.flag("stream") ?? false
        partials = try body.number("partial_images", 0...3) ?? 0
        try readSize(try body.text("size") ?? "auto")
        try readLook(body)
        if let format = try body.text("response_format") {
            guard !(strict && model.hasPrefix("gpt-image")) else {
                throw Refusal("Unknown parameter: 'response_format'.", "response_format", "unknown_parameter")
            }
            wantsURL = try Self.one(of: ["url", "b64_json"], format, "response_format") == "url"
        }
    }

    private mutating func readLook(_ body: JSONValue) throws(Refusal) {
        if let format = try body.text("output_format") {
            type = PictureType(named: try Self.one(of: ["png", "jpeg", "webp"], format, "output_format")) ?? .png
        }
        compression = try body.number("output_compression", 0...100) ?? (type == .png ? 90 : 88)
        let grades = ["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"]
        if let grade = try body.text("quality") {
            let known = try Self.one(of: grades, grade, "quality")
            quality = known == "auto" ? "high" : known
        }
        if let ground = try body.text("background") {
            let known = try Self.one(of: ["auto", "opaque", "transparent"], ground, "background")
            background = known == "auto" ? "opaque" : known
        }
    }

    /// Both sides divisible by 16, 1:3 to 3:1, at most 3840 x 2160 pixels in all.
    private mutating func readSize(_ text: String) throws(Refusal) {
        guard text != "auto" else { return }
        let sides = text.split(separator: "x").compactMap { Int($0) }
        let fits =
            sides.count == 2 && sides.allSatisfy { (64...3_840).contains($0) && $0 % 16 == 0 }
            && sides[0] <= 3 * sides[1]
            && sides[1] <= 3 * sides[0] && sides[0] * sides[1] <= 3_840 * 2_160
        guard fits else {
            let supported = "Both sides must be divisible by 16, with a ratio between 1:3 and 3:1, up to 3840x2160."
            throw Refusal("Invalid size '\(text.prefix(40))'. \(supported)", "size", "invalid_value")
        }
        (width, height) = (sides[0], sides[1])
    }

    private static func one(of values: [String], _ value: String, _ name: String) throws(Refusal) -> String {
        guard !values.contains(value) else { return value }
        let list = values.map { "'\($0)'" }.joined(separator: ", ")
        throw Refusal("Invalid value: '\(value.prefix(40))'. Supported values are: \(list).", name, "invalid_value")
    }

    /// Text in, picture tokens out: a square of high quality costs 4,160, other sizes by their area.
    var usage: (input: Int, output: Int) {
        let square = ["low": 272, "medium": 1_056, "standard": 1_056][quality] ?? 4_160
        return (Answers.tokens(prompt), count * max(1, square * width * height / (1_024 * 1_024)))
    }
}
