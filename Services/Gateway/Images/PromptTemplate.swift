/// A text that prompts are made from: `{post_title}`, `{image_prompt}` and `{image_type}` stand for an image's own.
///
/// What is put in is text, whatever it holds: nothing is expanded twice. `{{` and `}}` stand for one brace; a brace that
/// begins no name is itself.
struct PromptTemplate: Sendable, Equatable {
    /// Bytes of a template, and of its negative prompt.
    static let textLimit = 8_000
    /// Placeholders in one template.
    static let placeholderLimit = 32
    /// Bytes of a prompt that comes out.
    static let promptLimit = 64_000

    enum Placeholder: String, CaseIterable, Sendable {
        case title = "post_title"
        case prompt = "image_prompt"
        case type = "image_type"
    }

    /// What is put in for one image.
    struct Values {
        var title = ""
        var prompt = ""
        var type = ""

        fileprivate subscript(placeholder: Placeholder) -> String {
            switch placeholder {
            case .title: title
            case .prompt: prompt
            case .type: type
            }
        }
    }

    private enum Piece: Sendable, Equatable {
        case text(String)
        case placeholder(Placeholder)

        var isPlaceholder: Bool { if case .placeholder = self { true } else { false } }
    }

    let text: String
    /// What the pictures must not show, for requests that don't say it.
    let negativePrompt: String?
    private let pieces: [Piece]

    /// The prompt alone, with its style where one is set.
    static func builtIn(hasType: Bool) -> PromptTemplate {
        let style: [Piece] = [.text("\n\nStyle: "), .placeholder(.type)]
        return PromptTemplate(
            text: hasType ? "{image_prompt}\n\nStyle: {image_type}" : "{image_prompt}",
            negativePrompt: nil,
            pieces: [.placeholder(.prompt)] + (hasType ? style : [])
        )
    }

    private init(text: String, negativePrompt: String?, pieces: [Piece]) {
        self.text = text
        self.negativePrompt = negativePrompt
        self.pieces = pieces
    }

    /// - Parameter path: what goes before a member's name in the `param` of an error.
    /// - Throws: `validation_failed` for a text that is empty or too long, and for an unknown placeholder.
    init(text: String, negativePrompt: String? = nil, at path: String = "") throws(GatewayError) {
        guard text.contains(where: { !$0.isWhitespace }), text.utf8.count <= Self.textLimit else {
            let sentence = "A template has 1 to \(Self.textLimit) bytes of text."
            throw GatewayError(.unprocessable, sentence, param: path + "text")
        }
        guard negativePrompt.map({ $0.utf8.count <= Self.textLimit }) ?? true else {
            let sentence = "A negative prompt has at most \(Self.textLimit) bytes."
            throw GatewayError(.unprocessable, sentence, param: path + "negative_prompt")
        }
        let pieces = try Self.pieces(of: text, param: path + "text")
        self.init(text: text, negativePrompt: negativePrompt, pieces: pieces)
    }

    /// The prompt of one image; nil when it would be longer than ``promptLimit``.
    func prompt(_ values: Values) -> String? {
        let size = pieces.reduce(0) { size, piece in
            switch piece {
            case .text(let text): size + text.utf8.count
            case .placeholder(let placeholder): size + values[placeholder].utf8.count
            }
        }
        guard size <= Self.promptLimit else { return nil }
        return pieces.reduce(into: "") { prompt, piece in
            switch piece {
            case .text(let text): prompt += text
            case .placeholder(let placeholder): prompt += values[placeholder]
            }
        }
    }

    // MARK: Reading

    private static func pieces(of text: String, param: String) throws(GatewayError) -> [Piece] {
        var pieces: [Piece] = []
        var plain: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            let isBrace = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
            if isBrace, rest.dropFirst().first == byte {
                plain.append(byte)
                rest = rest.dropFirst(2)
            } else if byte == UInt8(ascii: "{"), let name = name(after: rest) {
                guard let placeholder = Placeholder(rawValue: name) else { throw unknown(name, param) }
                if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
                plain = []
                pieces.append(.placeholder(placeholder))
                rest = rest.dropFirst(name.utf8.count + 2)
            } else {
                plain.append(byte)
                rest = rest.dropFirst()
            }
        }
        if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
        guard pieces.count(where: \.isPlaceholder) <= placeholderLimit else {
            let sentence = "A template has at most \(placeholderLimit) placeholders."
            throw GatewayError(.unprocessable, sentence, param: param)
        }
        return pieces
    }

    /// The `name` of a `{name}`.
    private static func name(after rest: ArraySlice<UInt8>) -> String? {
        let name = rest.dropFirst().prefix(while: Identifier.isPlain)
        guard !name.isEmpty, name.endIndex < rest.endIndex, rest[name.endIndex] == UInt8(ascii: "}") else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    private static func unknown(_ name: String, _ param: String) -> GatewayError {
        let known = Placeholder.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
        return GatewayError(
            .unprocessable,
            "`{\(name.prefix(64))}` is no placeholder; there are \(known). `{{` stands for a brace.",
            param: param
        )
    }
}
