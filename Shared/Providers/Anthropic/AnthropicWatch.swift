import JSON

/// Watches a streamed message in Anthropic's form while its bytes pass through, without re-encoding them.
///
/// Only whole events are passed on, so that an error of ours never lands in the middle of one. The pieces of the
/// content, told by how the event begins, pass unread; an event by any other name is read. Not for two threads.
public struct AnthropicWatch: PassingWatch {
    /// What the provider has told so far.
    public var usage: Usage? { counts.usage }
    /// The last stop reason, as the provider says it.
    public private(set) var stopReason: String?
    /// The provider's error in the middle; from there on nothing is passed on.
    public private(set) var failure: ProviderError?
    /// `message_stop` was passed on.
    public private(set) var sawDone = false

    /// The longest event that is held together, bytes: past it the answer counts as malformed.
    public static let longestEvent = 4 << 20

    private var counts = AnthropicUsage()
    /// The beginning of an event whose end has not come yet.
    private var held: [UInt8] = []
    private var lines = LineState()

    /// A watch at the start of a stream.
    public init() {}

    /// Takes the next bytes of the body and passes on, within the call, whole events, usually all at once.
    public mutating func feed(_ chunk: UnsafeRawBufferPointer, pass: (UnsafeRawBufferPointer) -> Void) {
        guard failure == nil, !chunk.isEmpty else { return }
        var start = 0
        var passFrom = 0
        if lines.endsWithReturn, held.isEmpty {
            // The line feed of the blank line that ended the last event.
            lines.endsWithReturn = false
            if chunk[0] == 0x0A { start = 1 }
        }
        while failure == nil, let end = nextEventEnd(in: chunk, from: start) {
            let event = UnsafeRawBufferPointer(rebasing: chunk[start..<end])
            if !held.isEmpty {
                held.append(contentsOf: event)
                passHeld(pass)
                passFrom = end
            } else if !admits(event) {
                if passFrom < start { pass(UnsafeRawBufferPointer(rebasing: chunk[passFrom..<start])) }
                passFrom = end
            }
            start = end
        }
        if passFrom < start { pass(UnsafeRawBufferPointer(rebasing: chunk[passFrom..<start])) }
        if failure == nil, start < chunk.count { hold(chunk[start...]) }
    }

    /// The connection has ended. An event without its blank line counts when it is whole otherwise; half of one is
    /// dropped.
    public mutating func end(pass: (UnsafeRawBufferPointer) -> Void) -> StreamEnding {
        if failure == nil, !held.isEmpty {
            let fields = held.withUnsafeBytes { EventFields($0) }
            if (try? JSONValue(parsing: fields.raw.isEmpty ? fields.data : fields.raw)) != nil {
                held.append(contentsOf: [0x0A, 0x0A])
                passHeld(pass)
            }
            held = []
        }
        if let failure { return .failed(failure) }
        return sawDone ? .complete : .failed(.cutStream)
    }

    private mutating func passHeld(_ pass: (UnsafeRawBufferPointer) -> Void) {
        let event = held
        held.removeAll(keepingCapacity: event.count < 65_536)
        event.withUnsafeBytes { if admits($0) { pass($0) } }
    }

    private mutating func hold(_ rest: Slice<UnsafeRawBufferPointer>) {
        guard held.count + rest.count <= Self.longestEvent else {
            failure = .malformed("holds an event that is too long")
            held = []
            return
        }
        held.append(contentsOf: rest)
    }

    // MARK: Reading

    private static let unread: [StaticString] = ["event: content_block_", "event: ping", "event:content_block_"]
    private static let event: JSONKeys = ["type", "message", "usage", "delta"]
    private static let message: JSONKeys = ["usage"]
    private static let delta: JSONKeys = ["stop_reason"]

    /// False when the event must not reach the caller.
    private mutating func admits(_ event: UnsafeRawBufferPointer) -> Bool {
        if Self.unread.contains(where: { Self.begins(event, $0) }) { return true }
        let fields = EventFields(event)
        if !fields.raw.isEmpty {
            failure = Self.rawFailure(fields.raw)
            return false
        }
        if fields.data.isEmpty { return true }
        let data = fields.data
        let members = try? JSONScanner.members(of: data, wanted: Self.event)
        let type = fields.name.isEmpty ? AnthropicChatCodec.string(members?[0], data) : fields.name
        if type == "error" {
            failure = AnthropicChatCodec.classify(data)
            return false
        }
        guard let members else {
            failure = .malformed("holds an event that is not JSON")
            return false
        }
        switch type {
        case "message_start": readStart(members[1], data)
        case "message_delta": readDelta(members, data)
        case "message_stop": sawDone = true
        default: break
        }
        return true
    }

    private mutating func readStart(_ range: Range<Int>?, _ data: [UInt8]) {
        guard let range, let message = try? JSONScanner.members(of: data, in: range, wanted: Self.message),
            let usage = message[0]
        else { return }
        counts.update(data, in: usage)
    }

    private mutating func readDelta(_ members: [Range<Int>?], _ data: [UInt8]) {
        if let range = members[2] { counts.update(data, in: range) }
        guard let range = members[3], let delta = try? JSONScanner.members(of: data, in: range, wanted: Self.delta)
        else { return }
        stopReason = AnthropicChatCodec.string(delta[0], data) ?? stopReason
    }

    private static func rawFailure(_ raw: [UInt8]) -> ProviderError {
        if let value = try? JSONValue(parsing: raw), value["type"]?.string == "message" {
            return ProviderError(.streamingUnsupported, "The provider answered without streaming.")
        }
        return AnthropicChatCodec.classify(raw)
    }

    private static func begins(_ event: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard event.count >= count else { return false }
        return UnsafeRawBufferPointer(rebasing: event[..<count])
            .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
    }

    /// The index behind the blank line that ends the event which goes on at `from`; nil when the chunk ends first.
    private mutating func nextEventEnd(in chunk: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        if lines.endsWithReturn, index < chunk.count {
            lines.endsWithReturn = false
            if chunk[index] == 0x0A { index += 1 }
        }
        var lineStart = index
        while index < chunk.count {
            let byte = chunk[index]
            index += 1
            guard byte == 0x0A || byte == 0x0D else { continue }
            let isBlank = index - 1 == lineStart && !lines.isBegun
            if byte == 0x0D {
                if index == chunk.count {
                    lines.endsWithReturn = true
                } else if chunk[index] == 0x0A {
                    index += 1
                }
            }
            lines.isBegun = false
            if isBlank { return index }
            lineStart = index
        }
        if lineStart < chunk.count { lines.isBegun = true }
        return nil
    }
}
