import JSON
import Wire

extension ImageSettings {
    /// What `settings` may hold.
    private static let names = [
        "provider", "model", "image_type", "image_format", "quality", "max_in_article_images", "desktop_enabled",
        "mobile_enabled", "sizes", "safe_rewrite",
    ]

    /// Reads the `settings` shape of http-api.md; null is as if it weren't there.
    ///
    /// - Parameter path: what goes before a member's name in the `param` of an error, such as `settings.`.
    init(_ json: JSONValue, at path: String = "") throws(GatewayError) {
        guard let members = json.object else {
            let param = path.isEmpty ? nil : String(path.dropLast())
            throw GatewayError(.unprocessable, "The settings must be an object.", param: param)
        }
        for member in members where !member.value.isNull {
            try set(member.name, member.value, Param(path + member.name))
        }
    }

    /// The member that an error is about.
    private struct Param {
        let name: String

        init(_ name: String) { self.name = String(name.prefix(64)) }

        func refused(_ message: String) -> GatewayError { GatewayError(.unprocessable, message, param: name) }
    }

    private mutating func set(_ name: String, _ value: JSONValue, _ param: Param) throws(GatewayError) {
        switch name {
        case "provider": provider = try Self.text(value, upTo: 128, param)
        case "model": model = try Self.text(value, upTo: 256, param)
        case "quality": quality = try Self.text(value, upTo: 64, param)
        case "image_type": imageType = try Self.word(value, param)
        case "image_format": imageFormat = try Self.format(value, param)
        case "max_in_article_images": maxInArticleImages = try Self.count(value, param)
        case "desktop_enabled": desktopEnabled = try Self.flag(value, param)
        case "mobile_enabled": mobileEnabled = try Self.flag(value, param)
        case "sizes": sizes = try Self.sizes(value, param)
        case "safe_rewrite":
            guard try !Self.flag(value, param) else { throw param.refused("Prompts can't be rewritten yet.") }
        default:
            let known = Self.names.joined(separator: ", ")
            throw param.refused("There is no setting of that name; there are \(known).")
        }
    }

    // MARK: Values

    private static func text(_ value: JSONValue, upTo limit: Int, _ param: Param) throws(GatewayError) -> String {
        guard let text = value.string, !text.isEmpty, text.utf8.count <= limit else {
            throw param.refused("It must be a text of 1 to \(limit) bytes.")
        }
        return text
    }

    private static func word(_ value: JSONValue, _ param: Param) throws(GatewayError) -> String {
        guard let word = value.string, (1...32).contains(word.utf8.count), word.utf8.allSatisfy(Identifier.isPlain)
        else { throw param.refused("It must be one word of 1 to 32 letters, digits, `_`, `-` and `.`.") }
        return word
    }

    private static func format(_ value: JSONValue, _ param: Param) throws(GatewayError) -> ImageFormat {
        guard let format = value.string.flatMap(ImageFormat.init(rawValue:)) else {
            throw param.refused("The format must be webp, jpg or png.")
        }
        return format
    }

    private static func count(_ value: JSONValue, _ param: Param) throws(GatewayError) -> Int {
        guard let count = value.int, (1...5).contains(count) else { throw param.refused("It must be 1 to 5.") }
        return Int(count)
    }

    private static func flag(_ value: JSONValue, _ param: Param) throws(GatewayError) -> Bool {
        guard let flag = value.bool else { throw param.refused("It must be true or false.") }
        return flag
    }

    private static func sizes(_ value: JSONValue, _ param: Param) throws(GatewayError) -> [ImageKind: String] {
        guard let members = value.object else { throw param.refused("It must be an object of sizes by kind.") }
        var sizes: [ImageKind: String] = [:]
        for member in members where !member.value.isNull {
            let param = Param("\(param.name).\(member.name)")
            guard let kind = ImageKind(rawValue: member.name) else {
                throw param.refused("There is no such kind; there are \(ImageKind.names).")
            }
            guard let size = member.value.string, Self.isSize(size) else {
                throw param.refused("The size must be `auto` or `WIDTHxHEIGHT` in pixels, 16 to 4096 each.")
            }
            sizes[kind] = size
        }
        return sizes
    }

    /// `auto`, or `WxH` of 16 to 4096 pixels each.
    static func isSize(_ size: String) -> Bool {
        if size == "auto" { return true }
        let sides = size.split(separator: "x", omittingEmptySubsequences: false)
        return sides.count == 2
            && sides.allSatisfy { side in
                side.utf8.allSatisfy { (0x30...0x39).contains($0) } && (16...4_096).contains(Int(side) ?? 0)
            }
    }

    // MARK: Writing

    /// Every member, null where nothing is set.
    func write(_ writer: inout JSONWriter) {
        writer.field("provider", provider)
        writer.field("model", model)
        writer.field("image_type", imageType)
        writer.field("image_format", imageFormat?.rawValue)
        writer.field("quality", quality)
        writer.field("max_in_article_images", maxInArticleImages)
        writer.field("desktop_enabled", desktopEnabled)
        writer.field("mobile_enabled", mobileEnabled)
        writer.field(
            "sizes",
            object: { writer in
                for kind in ImageKind.allCases { writer.optional(kind.rawValue, sizes[kind]) }
            }
        )
    }

    /// The names of the members in which two differ.
    static func differences(_ one: ImageSettings, _ other: ImageSettings) -> [String] {
        func members(_ settings: ImageSettings) -> JSONValue? {
            try? JSONValue(parsing: JSONWriter.object { settings.write(&$0) })
        }
        let (left, right) = (members(one), members(other))
        return names.filter { left?[$0] != right?[$0] }
    }
}
