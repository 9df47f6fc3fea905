import JSON

extension StreamWatch {
    /// Reads an event that may matter; false when it must not reach the caller.
    mutating func admits(_ event: UnsafeRawBufferPointer) -> Bool {
        let fields = EventFields(event)
        if fields.isDone {
            sawDone = true
            endedWithDone = true
            return true
        }
        if !fields.raw.isEmpty {
            failure = rawFailure(fields.raw)
            return false
        }
        if fields.data.isEmpty { return true }
        guard let chunk = ChunkFacts(fields.data, habits) else {
            if fields.name == "error" { failure = classify(fields.data) }
            return failure == nil
        }
        if chunk.isError || fields.name == "error" || chunk.finishReason == "error" {
            failure = classify(fields.data)
            return false
        }
        if let reason = chunk.finishReason { finishReason = reason }
        guard let told = chunk.usage else { return true }
        usage = told
        return !(hidesUsage && chunk.hasNoChoices)
    }

    private func rawFailure(_ raw: [UInt8]) -> ProviderError {
        if let value = try? JSONValue(parsing: raw), value["object"]?.string == "chat.completion" {
            return ProviderError(.streamingUnsupported, "The provider answered without streaming.")
        }
        return classify(raw)
    }

    /// Whether what is left at the end of a stream is an event but for its blank line.
    func isWhole(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            let fields = EventFields(buffer)
            if fields.isDone { return true }
            let payload = fields.raw.isEmpty ? fields.data : fields.raw
            return (try? JSONValue(parsing: payload)) != nil
        }
    }
}

/// An event's fields, by the rules of server-sent events.
struct EventFields {
    var name = ""
    var data: [UInt8] = []
    /// Lines from the first that begins with a bracket instead of a field's name: a JSON error that some servers
    /// write into the stream as it is.
    var raw: [UInt8] = []

    var isDone: Bool { data.count == 6 && data.elementsEqual("[DONE]".utf8) }

    init(_ event: UnsafeRawBufferPointer) {
        for line in event.split(omittingEmptySubsequences: true, whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            guard let first = line.first else { continue }
            if !raw.isEmpty || first == 0x7B || first == 0x5B {
                raw.append(contentsOf: line)
                continue
            }
            let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
            var value = line[colon...].dropFirst()
            if value.first == 0x20 { value = value.dropFirst() }
            if line[..<colon].elementsEqual("data".utf8) {
                if !data.isEmpty { data.append(0x0A) }
                data.append(contentsOf: value)
            } else if line[..<colon].elementsEqual("event".utf8) {
                name = String(decoding: value, as: UTF8.self)
            }
        }
        while data.last == 0x20 { data.removeLast() }
    }
}

/// What one chunk of a streamed answer says that the gateway cares for.
private struct ChunkFacts {
    private(set) var isError = false
    private(set) var hasNoChoices = true
    private(set) var finishReason: String?
    private(set) var usage: Usage?

    init?(_ data: [UInt8], _ habits: OpenAIChatCodec.Habits) {
        let wanted: JSONKeys = ["error", "choices", "usage", "object"]
        guard let members = try? JSONScanner.members(of: data, wanted: wanted) else { return nil }
        isError = members[0].map { Self.isTruthy($0, data) } ?? false
        if let object = members[3], (try? JSONScanner.string(in: object, of: data)) == "error" { isError = true }
        if let choices = members[1], let elements = try? JSONScanner.elements(of: data, in: choices) {
            hasNoChoices = elements.isEmpty
            for element in elements {
                let found = try? JSONScanner.members(of: data, in: element, wanted: ["finish_reason"])
                if let range = found?[0], let reason = try? JSONScanner.string(in: range, of: data) {
                    finishReason = reason
                }
            }
        }
        if let range = members[2], JSONScanner.kind(in: range, of: data) == .object {
            usage = Usage(openAI: data, in: range, habits)
        }
    }

    private static func isTruthy(_ range: Range<Int>, _ data: [UInt8]) -> Bool {
        switch JSONScanner.kind(in: range, of: data) {
        case .null, nil: false
        case .bool: (try? JSONScanner.bool(in: range, of: data)) ?? false
        default: true
        }
    }
}
