public import JSON

/// What a message of one kind says: the struct behind its payload.
///
/// Reading ignores members that it doesn't know and takes null for absent, so that either side may be the newer one. Writing gives
/// the same bytes for the same value for ever: the golden frames hold it to that.
public protocol Body: Sendable {
    /// The kind that it is the body of.
    static var kind: Kind { get }
    /// Reads a payload. Errors: `.payload` for a member that is missing, of another type or out of its bounds.
    init(_ json: JSONValue) throws(WireError)
    /// Writes the payload's members; the braces are the caller's.
    func write(_ writer: inout JSONWriter)
}

extension Body {
    /// The payload's bytes. Errors: `.tooLarge` past 1 MiB.
    public func encoded() throws(WireError) -> [UInt8] {
        let bytes = JSONWriter.object(write)
        guard bytes.count <= WireLimits.payload else { throw WireError(.tooLarge, "the payload is too long") }
        return bytes
    }
}

/// Typed, bounded reads of a payload's members, with errors that name the member and never its value.
struct Members {
    let json: JSONValue

    init(_ json: JSONValue) throws(WireError) {
        guard case .object = json else { throw WireError(.payload, "an object is due") }
        self.json = json
    }

    /// Texts: by default what fits the message of an error; prompts get more.
    func text(_ name: String, upTo limit: Int = 4_096) throws(WireError) -> String {
        try required(optionalText(name, upTo: limit), name)
    }

    func optionalText(_ name: String, upTo limit: Int = 4_096) throws(WireError) -> String? {
        guard let value = json.optional(name) else { return nil }
        guard let text = value.string else { throw WireError(.payload, "\(name) is not a string") }
        guard text.utf8.count <= limit else { throw WireError(.payload, "\(name) is too long") }
        return text
    }

    /// Never negative: nothing that we count or time is.
    func int(_ name: String) throws(WireError) -> Int {
        try required(optionalInt(name), name)
    }

    func optionalInt(_ name: String) throws(WireError) -> Int? {
        guard let value = json.optional(name) else { return nil }
        guard let number = value.int, number >= 0 else { throw WireError(.payload, "\(name) is not a count") }
        return Int(number)
    }

    /// A 64-bit counter, a decimal string on the wire.
    func counter(_ name: String) throws(WireError) -> UInt64 {
        guard let counter = UInt64(decimal: try text(name, upTo: 20)) else {
            throw WireError(.payload, "\(name) is no decimal string")
        }
        return counter
    }

    func optionalCounter(_ name: String) throws(WireError) -> UInt64? {
        json.optional(name) == nil ? nil : try counter(name)
    }

    func double(_ name: String) throws(WireError) -> Double {
        try required(optionalDouble(name), name)
    }

    func optionalDouble(_ name: String) throws(WireError) -> Double? {
        guard let value = json.optional(name) else { return nil }
        guard let number = value.double else { throw WireError(.payload, "\(name) is not a number") }
        return number
    }

    /// False when absent.
    func flag(_ name: String) throws(WireError) -> Bool {
        guard let value = json.optional(name) else { return false }
        guard let flag = value.bool else { throw WireError(.payload, "\(name) is not true or false") }
        return flag
    }

    func choice<T: RawRepresentable>(_ name: String) throws(WireError) -> T where T.RawValue == String {
        guard let value = T(rawValue: try text(name, upTo: 64)) else {
            throw WireError(.payload, "\(name) is none of its words")
        }
        return value
    }

    /// A word of a closed set, or what stands for a word that this build doesn't know: only where the word is for
    /// people, or the substitute is the careful reading.
    func choice<T: RawRepresentable>(_ name: String, orElse substitute: T) throws(WireError) -> T
    where T.RawValue == String {
        T(rawValue: try text(name, upTo: 64)) ?? substitute
    }

    /// An object, kept as it is.
    func optionalObject(_ name: String) throws(WireError) -> JSONValue? {
        guard let value = json.optional(name) else { return nil }
        guard case .object = value else { throw WireError(.payload, "\(name) is not an object") }
        return value
    }

    func optional<T>(_ name: String, _ read: (Members) throws(WireError) -> T) throws(WireError) -> T? {
        guard let value = json.optional(name) else { return nil }
        return try read(Members(value))
    }

    func object<T>(_ name: String, _ read: (Members) throws(WireError) -> T) throws(WireError) -> T {
        try required(optional(name, read), name)
    }

    /// A list of objects; empty when absent.
    func list<T>(
        _ name: String,
        upTo limit: Int,
        _ read: (Members) throws(WireError) -> T
    ) throws(WireError) -> [T] {
        var list: [T] = []
        for element in try elements(name, upTo: limit) { list.append(try read(Members(element))) }
        return list
    }

    /// A list of whole numbers; empty when absent.
    func ints(_ name: String, upTo limit: Int) throws(WireError) -> [Int] {
        var ints: [Int] = []
        for element in try elements(name, upTo: limit) {
            guard let number = element.int.flatMap({ Int(exactly: $0) }) else {
                throw WireError(.payload, "\(name) holds more than whole numbers")
            }
            ints.append(number)
        }
        return ints
    }

    /// A list of texts; empty when absent.
    func texts(_ name: String, upTo limit: Int) throws(WireError) -> [String] {
        var texts: [String] = []
        for element in try elements(name, upTo: limit) {
            guard let text = element.string, text.utf8.count <= 4_096 else {
                throw WireError(.payload, "\(name) holds more than short strings")
            }
            texts.append(text)
        }
        return texts
    }

    func elements(_ name: String, upTo limit: Int) throws(WireError) -> [JSONValue] {
        guard let value = json.optional(name) else { return [] }
        guard let array = value.array else { throw WireError(.payload, "\(name) is not an array") }
        guard array.count <= limit else { throw WireError(.payload, "\(name) has too many elements") }
        return array
    }

    private func required<T>(_ value: T?, _ name: String) throws(WireError) -> T {
        guard let value else { throw WireError(.payload, "\(name) is missing") }
        return value
    }
}

extension JSONWriter {
    /// A list of texts; nothing when empty.
    mutating func list(_ name: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        self.name(name)
        array { writer in
            for text in texts { writer.value(text) }
        }
    }

    /// A list of whole numbers; nothing when empty.
    mutating func list(_ name: String, _ ints: [Int]) {
        guard !ints.isEmpty else { return }
        self.name(name)
        array { writer in
            for int in ints { writer.value(int) }
        }
    }

    /// A list of objects; nothing when empty.
    mutating func list<T>(_ name: String, _ elements: [T], _ write: (T, inout JSONWriter) -> Void) {
        guard !elements.isEmpty else { return }
        self.name(name)
        array { writer in
            for element in elements {
                writer.object { write(element, &$0) }
            }
        }
    }

    /// A 64-bit counter as a decimal string.
    mutating func counter(_ name: String, _ value: UInt64) {
        field(name, String(value))
    }

    /// A 64-bit counter as a decimal string; nothing when there is none.
    mutating func optionalCounter(_ name: String, _ value: UInt64?) {
        if let value { counter(name, value) }
    }

    /// A member that is an object of ours.
    mutating func field(_ name: String, _ members: (inout JSONWriter) -> Void) {
        field(name, object: members)
    }
}
