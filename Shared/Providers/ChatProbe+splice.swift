import JSON

extension ChatProbe {
    /// Reads a request; one walk over the bytes, no tree.
    public init(_ body: [UInt8]) throws(Problem) {
        var found = Found()
        do throws(JSONError) {
            try body.withUnsafeBufferPointer { (buffer) throws(JSONError) in
                try JSONScanner.scan(UnsafeRawBufferPointer(buffer), wanted: Found.keys) { index, range in
                    found.ranges[index] = range
                }
            }
        } catch {
            throw Problem(error)
        }
        try self.init(body, found)
    }

    private init(_ body: [UInt8], _ found: Found) throws(Problem) {
        let reader = MemberReader(body: body)
        self.body = body
        modelRange = found[.model]
        model = try reader.string(found[.model], "model")
        if model?.isEmpty == true { throw Problem(.empty, "model must not be empty.", "model") }
        let messages = try reader.filledArray(found[.messages], "messages")
        stream = try reader.bool(found[.stream], "stream") ?? false
        let completion = try reader.int(found[.maxCompletionTokens], "max_completion_tokens")
        let tokens = try reader.int(found[.maxTokens], "max_tokens")
        maxTokens = (completion ?? tokens).map { Int(clamping: $0) }
        choices = Int(clamping: max(1, try reader.int(found[.n], "n") ?? 1))
        hasTools = found[.tools].map { reader.kind($0) == .array } ?? false
        reasoningEffort = found[.effort].flatMap { try? JSONScanner.string(in: $0, of: body) }
        promptBytes = messages.count + (found[.tools]?.count ?? 0) + (found[.system]?.count ?? 0)
        let options = try reader.options(found[.streamOptions])
        streamOptionsRange = found[.streamOptions]
        includeUsageRange = options.range
        asksForUsage = options.value
    }

    /// The request for the provider: the model replaced, and for a stream `stream_options.include_usage` set, so that
    /// the usage is always known; nothing else touched, one copy.
    ///
    /// - Parameter wantsUsage: false for a dialect whose streams always tell their usage.
    public func spliced(model: String, wantsUsage: Bool = true) -> [UInt8] {
        var writer = JSONWriter(capacity: model.utf8.count + 16)
        writer.value(model)
        let naming =
            modelRange.map { Edit(range: $0, bytes: writer.bytes) }
            ?? insertion(Array("\"model\":".utf8) + writer.bytes)
        guard hidesUsage, wantsUsage else { return applying(naming) }
        let counting = usageEdit()
        return naming.range.lowerBound <= counting.range.lowerBound
            ? applying(naming, counting) : applying(counting, naming)
    }

    /// The same request with a limit of its output, for one that sets none.
    ///
    /// - Parameter name: what the provider calls it.
    public func limited(to tokens: Int, as name: String) throws(Problem) -> ChatProbe {
        guard maxTokens == nil else { return self }
        return try ChatProbe(applying(insertion(Array("\"\(name)\":\(tokens)".utf8))))
    }

    private func applying(_ first: Edit, _ second: Edit? = nil) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(body.count + first.bytes.count + (second?.bytes.count ?? 0))
        result.append(contentsOf: body[..<first.range.lowerBound])
        result.append(contentsOf: first.bytes)
        if let second {
            result.append(contentsOf: body[first.range.upperBound..<second.range.lowerBound])
            result.append(contentsOf: second.bytes)
        }
        result.append(contentsOf: body[(second ?? first).range.upperBound...])
        return result
    }

    private struct Edit {
        let range: Range<Int>
        let bytes: [UInt8]
    }

    /// A member in front of the others; there are others, `messages` at least.
    private func insertion(_ member: [UInt8]) -> Edit {
        let start = (body.firstIndex(of: UInt8(ascii: "{")) ?? 0) + 1
        return Edit(range: start..<start, bytes: member + [UInt8(ascii: ",")])
    }

    private func usageEdit() -> Edit {
        if let includeUsageRange { return Edit(range: includeUsageRange, bytes: Array("true".utf8)) }
        guard let streamOptionsRange else {
            return insertion(Array("\"stream_options\":{\"include_usage\":true}".utf8))
        }
        guard body[streamOptionsRange.lowerBound] == UInt8(ascii: "{") else {
            return Edit(range: streamOptionsRange, bytes: Array("{\"include_usage\":true}".utf8))
        }
        let start = streamOptionsRange.lowerBound + 1
        let isEmpty = MemberReader(body: body).firstByte(after: start) == UInt8(ascii: "}")
        let member = "\"include_usage\":true" + (isEmpty ? "" : ",")
        return Edit(range: start..<start, bytes: Array(member.utf8))
    }
}

/// The ranges of the members that the probe reads, without an allocation.
private struct Found {
    enum Member: Int {
        case model, messages, stream, streamOptions, maxCompletionTokens, maxTokens, n, tools, effort, system
    }

    static let keys: JSONKeys = [
        "model", "messages", "stream", "stream_options", "max_completion_tokens", "max_tokens", "n", "tools",
        "reasoning_effort", "system",
    ]

    var ranges: [10 of Range<Int>?] = .init(repeating: nil)

    subscript(member: Member) -> Range<Int>? { ranges[member.rawValue] }
}

/// Reads members by their ranges; null counts as absent, as it does at OpenAI.
private struct MemberReader {
    let body: [UInt8]

    func kind(_ range: Range<Int>) -> JSONScanner.Kind? { JSONScanner.kind(in: range, of: body) }

    func string(_ range: Range<Int>?, _ name: String) throws(ChatProbe.Problem) -> String? {
        guard let range else { return nil }
        guard let value = try? JSONScanner.string(in: range, of: body) else { throw .wrongType(name, "a string") }
        return value
    }

    func bool(_ range: Range<Int>?, _ name: String) throws(ChatProbe.Problem) -> Bool? {
        guard let range, kind(range) != .null else { return nil }
        guard let value = try? JSONScanner.bool(in: range, of: body) else { throw .wrongType(name, "true or false") }
        return value
    }

    func int(_ range: Range<Int>?, _ name: String) throws(ChatProbe.Problem) -> Int64? {
        guard let range, kind(range) != .null else { return nil }
        guard let value = try? JSONScanner.int(in: range, of: body) else { throw .wrongType(name, "an integer") }
        return value
    }

    func filledArray(_ range: Range<Int>?, _ name: String) throws(ChatProbe.Problem) -> Range<Int> {
        guard let range else { throw ChatProbe.Problem(.missing, "\(name) is required.", name) }
        guard kind(range) == .array else { throw .wrongType(name, "an array") }
        if firstByte(after: range.lowerBound + 1) == UInt8(ascii: "]") {
            throw ChatProbe.Problem(.empty, "\(name) must not be empty.", name)
        }
        return range
    }

    func options(_ range: Range<Int>?) throws(ChatProbe.Problem) -> (range: Range<Int>?, value: Bool) {
        let name = "stream_options"
        guard let range, kind(range) != .null else { return (nil, false) }
        guard kind(range) == .object else { throw .wrongType(name, "an object") }
        let members: [Range<Int>?]
        do throws(JSONError) {
            members = try JSONScanner.members(of: body, in: range, wanted: ["include_usage"])
        } catch {
            throw ChatProbe.Problem(error, param: name)
        }
        let found = members.first ?? nil
        return (found, try bool(found, "stream_options.include_usage") ?? false)
    }

    func firstByte(after start: Int) -> UInt8? {
        body[start...].first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    }
}

extension ChatProbe.Problem {
    init(_ code: Code, _ message: String, _ param: String?) {
        self.init(code: code, message: message, param: param)
    }

    static func wrongType(_ name: String, _ type: String) -> Self { Self(.wrongType, "\(name) must be \(type).", name) }

    init(_ error: JSONError, param: String? = nil) {
        switch error.code {
        case .duplicateKey: self.init(.duplicateKey, "The request names a member twice.", param)
        case .depth, .tooLarge: self.init(.tooLarge, "The request is nested too deeply or too long.", param)
        case .type: self.init(.notJSON, "The request must be a JSON object.", param)
        default: self.init(.notJSON, "The request is not valid JSON (byte \(error.offset)).", param)
        }
    }
}
