import JSON
import Wire

/// A request for pictures, as a caller phrased it, checked and in one form. What is stored for the caller comes to it
/// in an ``ImageBrief``.
struct ImageRequest: Sendable {
    /// Images in one job.
    static let countLimit = 200
    /// Bytes of a prompt.
    static let promptLimit = 32_000

    struct Wanted: Sendable {
        /// Its place in the request, from 0.
        var place: Int
        var title: String
        /// Empty for one that can't be made.
        var prompt: String
        var kind: ImageKind
        var size: String?
    }

    /// Which template makes the prompts.
    enum Template: Sendable, Equatable {
        case named(String)
        case inline(PromptTemplate)
    }

    var wanted: [Wanted]
    /// What the request itself says.
    var settings = ImageSettings()
    var template: Template?
    var negativePrompt: String?
    /// A connector's name or id that stands apart from the settings.
    var connector: String?
    /// Who phrases it so, which decides what comes to it of what is stored.
    enum Form: Sendable {
        /// All of it.
        case native
        /// Provider and model, where it names neither: it knows no templates and no kinds.
        case openAI
        /// The same: a step of a turn's chain that names neither.
        case turn
    }

    var form = Form.native

    /// `POST /api/images/jobs`: `{images: [{title?, prompt, kind?, size?}], settings?, template?, negative_prompt?}`.
    init(native body: JSONValue) throws(GatewayError) {
        let list = try reading { () throws(JSONError) in try body.array("images") }
        guard !list.isEmpty, list.count <= Self.countLimit else {
            throw GatewayError(.invalidRequest, "`images` must hold 1 to \(Self.countLimit) images.", param: "images")
        }
        wanted = []
        for (place, item) in list.enumerated() {
            guard item.object != nil else {
                throw GatewayError(.invalidRequest, "An image must be an object.", param: "images[\(place)]")
            }
            wanted.append(try Self.image(item, at: place))
        }
        guard wanted.contains(where: { !$0.prompt.isEmpty }) else {
            throw GatewayError(.invalidRequest, "No image has a prompt.", param: "images[0].prompt")
        }
        settings = try ImageSettings(body.optional("settings") ?? .object([]), at: "settings.")
        if let model = try Self.text(body, "model") { settings.model = model }
        connector = try Self.text(body, "connector")
        negativePrompt = try Self.text(body, "negative_prompt", limit: Self.promptLimit)
        template = try Self.template(body.optional("template"))
    }

    private static func image(_ item: JSONValue, at place: Int) throws(GatewayError) -> Wanted {
        let prompt = try text(item, "prompt", limit: promptLimit) ?? ""
        guard let kind = ImageKind(rawValue: try text(item, "kind") ?? ImageKind.inArticle.rawValue) else {
            throw GatewayError(
                .unprocessable,
                "`kind` must be one of \(ImageKind.names).",
                param: "images[\(place)].kind"
            )
        }
        let size = try text(item, "size")
        try check(size: size, param: "images[\(place)].size")
        let title = try text(item, "title") ?? ""
        return Wanted(place: place, title: title, prompt: trimmed(prompt), kind: kind, size: size)
    }

    /// A text is a stored template's name; an object is a template, as it would be stored.
    private static func template(_ value: JSONValue?) throws(GatewayError) -> Template? {
        guard let value else { return nil }
        if let name = value.string { return .named(name) }
        return .inline(try PromptTemplate(value, at: "template."))
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
        wanted = (0..<Int(count)).map { Wanted(place: $0, title: "", prompt: prompt, kind: .inArticle, size: size) }
        form = .openAI
        settings.model = try Self.text(body, "model")
        settings.quality = try Self.text(body, "quality")
        negativePrompt = try Self.text(body, "negative_prompt", limit: Self.promptLimit)
        let asked = try Self.text(body, "output_format") ?? "png"
        settings.imageFormat = ImageFormat(rawValue: asked == "jpeg" ? "jpg" : asked)
        guard settings.imageFormat != nil else {
            throw GatewayError(.unprocessable, "The format must be webp, jpeg or png.", param: "output_format")
        }
    }

    /// One picture of a turn.
    init(picture prompt: String, model: String?, connector: String?, quality: String?) {
        wanted = [Wanted(place: 0, title: "", prompt: prompt, kind: .inArticle, size: nil)]
        form = .turn
        settings.model = model
        settings.quality = quality
        self.connector = connector
    }

    private static func text(_ value: JSONValue, _ name: String, limit: Int = 512) throws(GatewayError) -> String? {
        guard let text = try reading({ () throws(JSONError) in try value.optionalString(name) }) else { return nil }
        guard text.utf8.count <= limit else {
            throw GatewayError(.invalidRequest, "`\(name)` is longer than \(limit) bytes.", param: name)
        }
        return text
    }

    private static func check(size: String?, param: String) throws(GatewayError) {
        guard let size, !ImageSettings.isSize(size) else { return }
        throw GatewayError(.unprocessable, "The size must be `auto` or `WIDTHxHEIGHT` in pixels.", param: param)
    }

    static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }
}
