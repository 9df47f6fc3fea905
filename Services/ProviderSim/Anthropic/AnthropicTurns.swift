import JSON

/// Reads the turns of a conversation in their order, and keeps to the rules about tools.
struct AnthropicTurns {
    typealias Refusal = AnthropicRequest.Refusal

    let version: String
    private(set) var prompt = ""
    private(set) var lastResult: String?
    private(set) var tokens = 3
    private(set) var cachedTokens = 0
    /// Ids of calls that the next turn must answer.
    private var open: Set<String> = []
    private var wasUser = false

    init(version: String) {
        self.version = version
    }

    mutating func read(_ message: JSONValue, _ place: String) throws(Refusal) {
        let role = message["role"]?.string
        guard role == "user" || role == "assistant" else {
            throw Refusal("\(place).role: Input should be 'user' or 'assistant'")
        }
        let isUser = role == "user"
        lastResult = nil
        tokens += 4
        if let text = message["content"]?.string {
            try refuseOpenCalls(place)
            guard !text.isEmpty || !isUser else { throw Refusal("\(place): user messages must have non-empty content") }
            tokens += Answers.tokens(text)
            if isUser { prompt = text }
            return
        }
        guard let blocks = message["content"]?.array else { throw Refusal("\(place).content: Field required") }
        if !isUser { try refuseOpenCalls(place) }
        var hasOther = false
        var words: [String] = []
        for (index, block) in blocks.enumerated() {
            let here = "\(place).content.\(index)"
            if block["type"]?.string == "tool_result" {
                guard isUser, !hasOther else { throw Refusal("\(here): tool_result blocks must come first") }
                try readResult(block, here)
            } else {
                if isUser, !hasOther { try refuseOpenCalls(place) }
                hasOther = true
                if let text = try readBlock(block, here, isUser: isUser) { words.append(text) }
            }
        }
        if isUser { try refuseOpenCalls(place) }
        if isUser, !words.isEmpty { prompt = words.joined(separator: "\n") }
    }

    func finish() throws(Refusal) { try refuseOpenCalls("messages") }

    private func refuseOpenCalls(_ place: String) throws(Refusal) {
        guard let id = open.min() else { return }
        throw Refusal(
            "\(place): `tool_use` ids were found without `tool_result` blocks immediately after: \(id)."
        )
    }

    private mutating func readResult(_ block: JSONValue, _ place: String) throws(Refusal) {
        guard let id = block["tool_use_id"]?.string, open.remove(id) != nil else {
            throw Refusal("\(place): unexpected `tool_use_id` found in `tool_result` blocks")
        }
        let content = block["content"]
        let text = content?.string ?? (content?.array ?? []).compactMap { $0["text"]?.string }.joined()
        lastResult = text
        tokens += Answers.tokens(text)
    }

    private mutating func readBlock(_ block: JSONValue, _ place: String, isUser: Bool) throws(Refusal) -> String? {
        switch block["type"]?.string {
        case "text":
            guard let text = block["text"]?.string, !text.isEmpty else {
                throw Refusal("\(place): text content blocks must be non-empty")
            }
            tokens += Answers.tokens(text)
            if block["cache_control"] != nil { cachedTokens += Answers.tokens(text) }
            return text
        case "image" where isUser:
            try readImage(block["source"], "\(place).image.source")
        case "tool_use" where !isUser:
            guard let id = block["id"]?.string, !id.isEmpty, id.utf8.allSatisfy(Self.isIDByte) else {
                throw Refusal("\(place).tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
            }
            guard block["input"]?.object != nil else {
                throw Refusal("\(place).tool_use.input: Input should be a valid dictionary")
            }
            open.insert(id)
        case "thinking" where !isUser:
            guard block["signature"]?.string?.hasPrefix(AnthropicRequest.proof) == true else {
                throw Refusal("\(place): Invalid `signature` in `thinking` block")
            }
        case "redacted_thinking" where !isUser: break
        default:
            throw Refusal("\(place): Input tag does not match any of the expected tags")
        }
        return nil
    }

    private mutating func readImage(_ source: JSONValue?, _ place: String) throws(Refusal) {
        tokens += 300
        switch source?["type"]?.string {
        case "base64":
            let types = ["image/jpeg", "image/png", "image/gif", "image/webp"]
            guard let type = source?["media_type"]?.string, types.contains(type) else {
                throw Refusal(
                    "\(place).base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
                )
            }
            guard source?["data"]?.string?.isEmpty == false else {
                throw Refusal("\(place).base64.data: Field required")
            }
        case "url":
            guard source?["url"]?.string?.hasPrefix("https://") == true else {
                throw Refusal("\(place).url.url: Only HTTPS URLs are supported")
            }
        default: throw Refusal("\(place): Input tag does not match any of the expected tags")
        }
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
}
