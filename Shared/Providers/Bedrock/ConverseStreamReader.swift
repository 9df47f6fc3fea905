import HTTP
import JSON

/// Reads the frames of ConverseStream.
///
/// A text block has no opening, only a tool's has. `messageStop` makes the answer complete; `metadata` with the usage
/// comes behind it, in some captures before it. Payloads carry random padding under `p`, and events that this build
/// doesn't know are skipped.
struct ConverseStreamReader: ChatStreamReader {
    private var parser = AWSEventStreamParser(limit: 16 << 20)
    private var decoder = Decoder()

    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        if let failure = Self.feed(bytes, &parser, &decoder, emit) { throw failure }
    }

    private static func feed(
        _ bytes: UnsafeRawBufferPointer,
        _ parser: inout AWSEventStreamParser,
        _ decoder: inout Decoder,
        _ emit: (ChatEvent) -> Void
    ) -> ProviderError? {
        var failure: ProviderError?
        do throws(HTTPError) {
            try parser.feed(bytes) { message in
                guard failure == nil else { return }
                do throws(ProviderError) {
                    try decoder.take(message, emit)
                } catch {
                    failure = error
                }
            }
        } catch {
            return failure ?? .malformed("holds a frame that is broken or too long")
        }
        return failure
    }

    mutating func end(_ emit: (ChatEvent) -> Void) throws(ProviderError) {
        guard decoder.isComplete, parser.isBetweenMessages else { throw .cutStream }
    }
}

extension ConverseStreamReader {
    /// What the events come to.
    struct Decoder: Sendable {
        private(set) var isComplete = false
        /// The content block of each tool call; its place is the call's index.
        private var calls: [Int64] = []

        private static let delta: JSONKeys = ["delta", "contentBlockIndex"]
        private static let kinds: JSONKeys = ["text", "toolUse", "reasoningContent"]
        private static let toolUse: JSONKeys = ["input"]
        private static let reasoning: JSONKeys = ["text", "signature", "redactedContent"]

        mutating func take(
            _ message: AWSEventStreamParser.Message,
            _ emit: (ChatEvent) -> Void
        ) throws(ProviderError) {
            guard message.kind == .event else {
                let name = String(decoding: message.name, as: UTF8.self)
                throw BedrockFailure.classify(name: name, payload: Array(message.payload))
            }
            if message.isNamed("metadata") { return try readMetadata(message.payload, emit) }
            // Only the usage may follow the end.
            guard !isComplete else { return }
            if message.isNamed("contentBlockDelta") {
                try readDelta(message.payload, emit)
            } else if message.isNamed("contentBlockStart") {
                try readStart(message.payload, emit)
            } else if message.isNamed("messageStart") {
                emit(.start(id: nil, model: nil))
            } else if message.isNamed("messageStop") {
                let word = try Self.tree(message.payload)["stopReason"]?.string ?? ""
                isComplete = true
                emit(.stop(StopReason(converse: word), sequence: nil))
            }
        }

        private func readDelta(_ payload: UnsafeRawBufferPointer, _ emit: (ChatEvent) -> Void) throws(ProviderError) {
            let members = try Self.pair(payload, nil, Self.delta)
            guard let delta = members.0 else { return }
            guard let (kind, value) = try Self.last(payload, delta, Self.kinds) else { return }
            switch kind {
            case 0:
                let text = try Self.string(payload, value)
                if !text.isEmpty { emit(.text(text)) }
            case 1:
                guard let input = try Self.pair(payload, value, Self.toolUse).0 else { return }
                let block = try members.1.map { range throws(ProviderError) in try Self.int(payload, range) } ?? 0
                guard let index = calls.firstIndex(of: block) else {
                    throw .malformed("goes on with a tool call that was not begun")
                }
                let piece = try Self.string(payload, input)
                if !piece.isEmpty { emit(.toolArguments(index: index, piece)) }
            default:
                guard let (kind, value) = try Self.last(payload, value, Self.reasoning) else { return }
                try readReasoning(kind, Self.string(payload, value), emit)
            }
        }

        private func readReasoning(_ kind: Int, _ text: String, _ emit: (ChatEvent) -> Void) throws(ProviderError) {
            guard !text.isEmpty else { return }
            switch kind {
            case 0: emit(.reasoning(text))
            case 1: emit(.reasoningSignature(text))
            default: emit(.redactedReasoning(text))
            }
        }

        private mutating func readStart(
            _ payload: UnsafeRawBufferPointer,
            _ emit: (ChatEvent) -> Void
        ) throws(ProviderError) {
            let root = try Self.tree(payload)
            guard let call = root["start"]?.optional("toolUse") else { return }
            guard let name = call["name"]?.string, !name.isEmpty else {
                throw .malformed("holds a tool call without a name")
            }
            guard calls.count < 128 else { throw .malformed("holds too many tool calls") }
            let index = calls.count
            calls.append(root["contentBlockIndex"]?.int ?? 0)
            let id = call["toolUseId"]?.string ?? "tooluse_\(index)"
            emit(.toolCall(index: index, id: id, name: name, signature: nil))
        }

        private func readMetadata(
            _ payload: UnsafeRawBufferPointer,
            _ emit: (ChatEvent) -> Void
        ) throws(ProviderError) {
            if let usage = try Self.tree(payload).optional("usage") { emit(.usage(Usage(converse: usage))) }
        }

        // MARK: Reading without a tree

        private static func scan(
            _ payload: UnsafeRawBufferPointer,
            _ range: Range<Int>?,
            _ wanted: JSONKeys,
            _ found: (Int, Range<Int>) -> Void
        ) throws(ProviderError) {
            do throws(JSONError) {
                try JSONScanner.scan(payload, in: range, wanted: wanted, found: found)
            } catch {
                throw notJSON
            }
        }

        /// The one wanted member that a union has.
        private static func last(
            _ payload: UnsafeRawBufferPointer,
            _ range: Range<Int>,
            _ wanted: JSONKeys
        ) throws(ProviderError) -> (Int, Range<Int>)? {
            var found: (Int, Range<Int>)?
            try scan(payload, range, wanted) { index, value in
                if !JSONScanner.isNull(in: value, of: payload) { found = (index, value) }
            }
            return found
        }

        /// The ranges of the first two wanted members.
        private static func pair(
            _ payload: UnsafeRawBufferPointer,
            _ range: Range<Int>?,
            _ wanted: JSONKeys
        ) throws(ProviderError) -> (Range<Int>?, Range<Int>?) {
            var ranges: (Range<Int>?, Range<Int>?) = (nil, nil)
            try scan(payload, range, wanted) { index, value in
                if index == 0 { ranges.0 = value } else { ranges.1 = value }
            }
            return ranges
        }

        private static func string(
            _ payload: UnsafeRawBufferPointer,
            _ range: Range<Int>
        ) throws(ProviderError) -> String {
            do throws(JSONError) {
                return try JSONScanner.string(in: range, of: payload)
            } catch {
                throw notJSON
            }
        }

        private static func int(_ payload: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ProviderError) -> Int64 {
            do throws(JSONError) {
                return try JSONScanner.int(in: range, of: payload)
            } catch {
                throw notJSON
            }
        }

        private static func tree(_ payload: UnsafeRawBufferPointer) throws(ProviderError) -> JSONValue {
            guard let value = try? JSONValue(parsing: Array(payload)) else { throw notJSON }
            return value
        }

        private static let notJSON = ProviderError.malformed("holds an event that is not JSON as documented")
    }
}
