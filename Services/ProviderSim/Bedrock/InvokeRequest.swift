import JSON
import Pictures

/// The body of InvokeModel for Stability's models or Amazon's, read and checked as they do.
struct InvokeRequest {
    let isAmazons: Bool
    let prompt: String
    private(set) var count = 1
    private(set) var width = 1_024
    private(set) var height = 1_024
    private(set) var type = PictureType.png
    private(set) var seed: Int64 = 0

    private static let sizes: [String: (Int, Int)] = [
        "1:1": (1_024, 1_024), "16:9": (1_344, 768), "21:9": (1_536, 640), "2:3": (832, 1_216), "3:2": (1_216, 832),
        "4:5": (896, 1_088), "5:4": (1_088, 896), "9:16": (768, 1_344), "9:21": (640, 1_536),
    ]

    init(_ bytes: [UInt8], model: String) throws(BedrockRefusal) {
        guard let body = try? JSONValue(parsing: bytes), body.object != nil else {
            throw BedrockRefusal("Malformed input request, please reformat your input and try again.")
        }
        let paints = ["stability.", "nova-canvas", "titan-image", "sim-"].contains(where: model.contains)
        guard paints else {
            throw BedrockRefusal("This simulator invokes models that paint only; chat goes by Converse.")
        }
        isAmazons = model.contains("nova-canvas") || model.contains("titan-image") || body["taskType"] != nil
        let place = isAmazons ? body["textToImageParams"]?["text"] : body["prompt"]
        let limit = isAmazons ? 1_024 : 10_000
        guard let prompt = place?.string, (1...limit).contains(prompt.count) else {
            throw BedrockRefusal("Malformed input request: #/prompt: expected 1 to \(limit) characters.")
        }
        self.prompt = prompt
        if isAmazons { try readAmazons(body) } else { try readStabilitys(body) }
    }

    private mutating func readStabilitys(_ body: JSONValue) throws(BedrockRefusal) {
        let known = ["prompt", "negative_prompt", "aspect_ratio", "mode", "output_format", "seed"]
        for field in body.object ?? [] where !known.contains(field.name) {
            throw BedrockRefusal(
                "Malformed input request: #: extraneous key [\(field.name.prefix(40))] is not permitted."
            )
        }
        if let ratio = body["aspect_ratio"] {
            guard let size = ratio.string.flatMap({ Self.sizes[$0] }) else {
                throw BedrockRefusal("Malformed input request: #/aspect_ratio: not one of the ratios that are known.")
            }
            (width, height) = size
        }
        if let format = body["output_format"] {
            guard let word = format.string, ["PNG", "JPEG"].contains(word.uppercased()) else {
                throw BedrockRefusal("Malformed input request: #/output_format: must be JPEG or PNG.")
            }
            type = word.uppercased() == "PNG" ? .png : .jpg
        }
        if let mode = body["mode"], mode.string != "text-to-image" {
            throw BedrockRefusal("Malformed input request: #/mode: must be text-to-image.")
        }
        seed = body["seed"]?.int ?? 0
        guard (0...4_294_967_295).contains(seed) else {
            throw BedrockRefusal("Malformed input request: #/seed: out of range.")
        }
    }

    private mutating func readAmazons(_ body: JSONValue) throws(BedrockRefusal) {
        guard body["taskType"]?.string == "TEXT_IMAGE" else {
            throw BedrockRefusal("Malformed input request: #/taskType: must be TEXT_IMAGE here.")
        }
        let config = body["imageGenerationConfig"]
        let sides = ["width", "height"].map { config?[$0]?.int ?? 1_024 }
        guard sides.allSatisfy({ (320...4_096).contains($0) && $0 % 16 == 0 }) else {
            throw BedrockRefusal("Malformed input request: width and height must be 320 to 4096 and divisible by 16.")
        }
        (width, height) = (Int(sides[0]), Int(sides[1]))
        let number = config?["numberOfImages"]?.int ?? 1
        guard (1...5).contains(number) else {
            throw BedrockRefusal("Malformed input request: #/imageGenerationConfig/numberOfImages: must be 1 to 5.")
        }
        count = Int(number)
    }
}
