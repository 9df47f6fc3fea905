internal import JSON

/// What a tap may see of a payload, decided by the process that sends it.
///
/// An allow-list per kind names what is shown; everything else is left out and counted as `_hidden`, so a member that is added
/// tomorrow stays hidden until someone decides otherwise. A sealed credential shows its length alone. A user's content shows
/// what the operator chose.
public struct Redaction: Sendable {
    /// What is shown of a user's content: `MARTLET_TAP_PROMPTS`.
    public enum Prompts: String, Sendable, CaseIterable {
        /// The length.
        case none
        /// The length and a keyed hash, so that equal prompts can be seen to be equal.
        case hash
        /// As `hash`, and the first 80 characters.
        case truncate
        /// Everything.
        case full
    }

    /// What is shown of a user's content.
    public let prompts: Prompts
    private let hash: @Sendable ([UInt8]) -> [UInt8]

    /// `hash` must be keyed with a key that never leaves the process, or short prompts could be guessed from it; a few bytes
    /// are enough. It is shown in hexadecimal.
    public init(prompts: Prompts = .hash, hash: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.prompts = prompts
        self.hash = hash
    }

    /// The message's payload as a tap may see it: always one JSON object.
    public func redact(_ message: Message) -> [UInt8] {
        redact(message.payload, kind: message.header.kind)
    }

    /// A payload of that kind as a tap may see it: always one JSON object. One that can't be read shows its length.
    public func redact(_ payload: [UInt8], kind: Kind) -> [UInt8] {
        guard let tree = try? Message.tree(payload, kind: kind), case .object(let fields) = tree else {
            return JSONWriter.object { $0.field("_unreadable", payload.count) }
        }
        var writer = JSONWriter(capacity: min(payload.count, 4_096))
        write(fields, Redaction.shown[kind] ?? [:], &writer)
        return writer.bytes
    }

    /// What a member may show.
    indirect enum Rule: Sendable {
        /// A scalar; of a text the first 256 bytes or so. An object or array under this rule is hidden.
        case shown
        /// A user's content: as `prompts` says.
        case content
        /// A sealed box: its length.
        case sealed
        /// Of a URL the scheme and host, because people put tokens into paths.
        case origin
        /// An object, by the members named.
        case object([String: Rule])
        /// An array, each element by the rule.
        case each(Rule)
    }

    private func write(_ fields: [JSONField], _ rules: [String: Rule], _ writer: inout JSONWriter) {
        writer.object { writer in
            var hidden = 0
            for field in fields {
                guard let rule = rules[field.name], allows(field.value, rule) else {
                    hidden += 1
                    continue
                }
                writer.name(field.name)
                write(field.value, rule, &writer)
            }
            if hidden > 0 { writer.field("_hidden", hidden) }
        }
    }

    /// Whether the value has the type that the rule is about; a value in another shape than foreseen is hidden.
    private func allows(_ value: JSONValue, _ rule: Rule) -> Bool {
        switch (rule, value) {
        case (.shown, .object), (.shown, .array): false
        case (.origin, .string), (.object, .object), (.each, .array): true
        case (.origin, _), (.object, _), (.each, _): false
        case (.shown, _), (.content, _), (.sealed, _): true
        }
    }

    private func write(_ value: JSONValue, _ rule: Rule, _ writer: inout JSONWriter) {
        switch (rule, value) {
        case (.shown, .string(let text)): writer.value(text.firstBytes(256))
        case (.shown, _): writer.value(value)
        case (.content, _): content(value, &writer)
        case (.sealed, .string(let text)): writer.object { $0.field("sealed", text.utf8.count) }
        case (.sealed, _): writer.object { $0.field("sealed", value.bytes.count) }
        case (.origin, .string(let url)): writer.value(url.origin)
        case (.object(let rules), .object(let fields)): write(fields, rules, &writer)
        case (.each(let rule), .array(let elements)):
            writer.array { writer in
                for element in elements {
                    if allows(element, rule) { write(element, rule, &writer) } else { writer.null() }
                }
            }
        case (.origin, _), (.object, _), (.each, _): writer.null()
        }
    }

    private func content(_ value: JSONValue, _ writer: inout JSONWriter) {
        if prompts == .full || value.isNull { return writer.value(value) }
        let bytes = value.string.map { Array($0.utf8) } ?? value.bytes
        writer.object { writer in
            writer.field("len", bytes.count)
            if prompts == .none { return }
            writer.field("hash", hash(bytes).lowerHex)
            if prompts == .truncate { writer.field("text", String((value.string ?? value.text).prefix(80))) }
        }
    }
}

extension String {
    /// The text, or its start with an ellipsis when it is longer than that many bytes.
    fileprivate func firstBytes(_ limit: Int) -> String {
        guard utf8.count > limit else { return self }
        return String(decoding: utf8.prefix(limit - 3), as: UTF8.self) + "…"
    }

    /// Scheme, host and port of a URL; nothing of user, path, query or fragment.
    fileprivate var origin: String {
        let parts = split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].hasSuffix(":"), parts[1].isEmpty else { return "" }
        let authority = parts[2].prefix { $0 != "?" && $0 != "#" && $0 != "\\" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return "\(parts[0])//\(host)".firstBytes(256)
    }
}

extension [UInt8] {
    fileprivate var lowerHex: String {
        let digits: StaticString = "0123456789abcdef"
        return String(
            decoding: flatMap { [digits.utf8Start[Int($0 >> 4)], digits.utf8Start[Int($0 & 15)]] },
            as: UTF8.self
        )
    }
}
