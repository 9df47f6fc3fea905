import JSON
import Wire

/// A request for pictures, as a caller phrased it, checked and in one form.
struct ImageRequest: Sendable {
    /// Images in one job.
    static let countLimit = 200
    /// Bytes of a prompt.
    static let promptLimit = 32_000

    struct Wanted: Sendable {
        var title: String
        var prompt: String
        var kind: String
        var size: String?
    }

    var wanted: [Wanted]
    /// Those without a prompt: left out, and told.
    var skipped = 0
    /// `model` or `connector/model`.
    var model: String?
    /// A connector's name or id.
    var connector: String?
    var negativePrompt: String?
    var quality: String?
    var imageType: String?
    var format = ImageFormat.webp

    private static let kinds: Set<String> = ["featured", "in_article", "desktop", "mobile"]

    /// `POST /api/images/jobs`: `{images: [{title?, prompt, kind?, size?}], settings?, negative_prompt?}`.
    init(native body: JSONValue) throws(GatewayError) {
        let list = try reading { () throws(JSONError) in try body.array("images") }
        guard !list.isEmpty, list.count <= Self.countLimit else {
            throw GatewayError(.invalidRequest, "`images` must hold 1 to \(Self.countLimit) images.", param: "images")
        }
        wanted = []
        for (index, item) in list.enumerated() {
            guard item.object != nil else {
                throw GatewayError(.invalidRequest, "An image must be an object.", param: "images[\(index)]")
            }
            let image = try Self.image(item, at: index)
            if image.prompt.isEmpty { skipped += 1 } else { wanted.append(image) }
        }
        guard !wanted.isEmpty else {
            throw GatewayError(.invalidRequest, "No image has a prompt.", param: "images[0].prompt")
        }
        let settings = body.optional("settings") ?? .object([])
        let named = (try Self.text(body, "model"), try Self.text(body, "connector"))
        let set = (try Self.text(settings, "model"), try Self.text(settings, "provider"))
        model = named.0 ?? set.0
        connector = named.1 ?? set.1
        negativePrompt = try Self.text(body, "negative_prompt", limit: Self.promptLimit)
        quality = try Self.text(settings, "quality")
        imageType = try Self.text(settings, "image_type")
        format = try Self.format(Self.text(settings, "image_format"), default: .webp, param: "settings.image_format")
    }

    private static func image(_ item: JSONValue, at index: Int) throws(GatewayError) -> Wanted {
        let prompt = try text(item, "prompt", limit: promptLimit) ?? ""
        let kind = try text(item, "kind") ?? "in_article"
        guard kinds.contains(kind) else {
            throw GatewayError(
                .unprocessable,
                "`kind` must be one of \(kinds.sorted().joined(separator: ", ")).",
                param: "images[\(index)].kind"
            )
        }
        let size = try text(item, "size")
        try check(size: size, param: "images[\(index)].size")
        return Wanted(title: try text(item, "title") ?? "", prompt: trimmed(prompt), kind: kind, size: size)
    }

    /// `POST /v1/images/generations`: OpenAI's form.
    init(openAI body: JSONValue) throws(GatewayError) {
        let prompt = Self.trimmed(try reading { () throws(JSONError) in try body.string("prompt") })
        guard !prompt.isEmpty, prompt.utf8.count <= Self.promptLimit else {
            throw GatewayError(
                .invalidRequest,
                "`prompt` must hold 1 to \(Self.promptLimit) bytes of text.",
                param: "prompt"
            )
        }
        let count = try reading { () throws(JSONError) in try body.optionalInt("n") } ?? 1
        guard (1...10).contains(count) else {
            throw GatewayError(.invalidRequest, "`n` must be 1 to 10.", param: "n")
        }
        let size = try Self.text(body, "size")
        try Self.check(size: size, param: "size")
        let image = Wanted(title: "", prompt: prompt, kind: "in_article", size: size)
        wanted = Array(repeating: image, count: Int(count))
        model = try Self.text(body, "model")
        negativePrompt = try Self.text(body, "negative_prompt", limit: Self.promptLimit)
        quality = try Self.text(body, "quality")
        let asked = try Self.text(body, "output_format")
        format = try Self.format(asked == "jpeg" ? "jpg" : asked, default: .png, param: "output_format")
    }

    /// One picture of a turn.
    init(picture prompt: String, model: String?, connector: String?, quality: String?) {
        wanted = [Wanted(title: "", prompt: prompt, kind: "in_article", size: nil)]
        self.model = model
        self.connector = connector
        self.quality = quality
    }

    private static func text(_ value: JSONValue, _ name: String, limit: Int = 512) throws(GatewayError) -> String? {
        guard let text = try reading({ () throws(JSONError) in try value.optionalString(name) }) else { return nil }
        guard text.utf8.count <= limit else {
            throw GatewayError(.invalidRequest, "`\(name)` is longer than \(limit) bytes.", param: name)
        }
        return text
    }

    private static func format(_ name: String?, default fallback: ImageFormat, param: String) throws(GatewayError)
        -> ImageFormat
    {
        guard let name else { return fallback }
        guard let format = ImageFormat(rawValue: name) else {
            throw GatewayError(.unprocessable, "The format must be webp, jpg or png.", param: param)
        }
        return format
    }

    /// `auto`, or `WxH` of 16 to 4096 pixels each.
    private static func check(size: String?, param: String) throws(GatewayError) {
        guard let size, size != "auto" else { return }
        let sides = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ $0.map { (16...4_096).contains($0) } ?? false }) else {
            throw GatewayError(.unprocessable, "The size must be `auto` or `WIDTHxHEIGHT` in pixels.", param: param)
        }
    }

    static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }
}
