/// Header fields in the order in which they came: one buffer with the bytes and a table of where each field lies.
///
/// Names compare without regard to ASCII case (RFC 9110 section 5.1). Looking a name up makes no string but the
/// value's, and parsing a head costs two allocations however many fields it has.
public struct Fields: Sendable {
    struct Entry: Sendable {
        var name: Range<Int32>
        var value: Range<Int32>
    }

    var bytes: [UInt8] = []
    var entries: [Entry] = []

    /// No fields.
    public init() {}

    /// These fields, in this order.
    public init(_ pairs: [(String, String)]) {
        for (name, value) in pairs { append(name, value) }
    }

    init(bytes: [UInt8], entries: [Entry]) {
        self.bytes = bytes
        self.entries = entries
    }

    /// How many fields there are; a name that came twice counts twice.
    public var count: Int { entries.count }

    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }

    /// The first value under that name, or nil. Bytes that are not UTF-8 become U+FFFD.
    public subscript(name: String) -> String? {
        index(of: name).map { value(at: $0) }
    }

    /// Whether there is a field of that name.
    public func contains(_ name: String) -> Bool { index(of: name) != nil }

    /// Every value under that name, in order.
    public func all(_ name: String) -> [String] {
        entries.indices.filter { matches($0, name) }.map { value(at: $0) }
    }

    /// Names and values in order, names as they were written.
    public var pairs: [(String, String)] {
        entries.indices.map { (self.name(at: $0), value(at: $0)) }
    }

    /// Adds a field after the others.
    public mutating func append(_ name: String, _ value: String) {
        let start = Int32(bytes.count)
        bytes.append(contentsOf: name.utf8)
        let middle = Int32(bytes.count)
        bytes.append(contentsOf: value.utf8)
        entries.append(Entry(name: start..<middle, value: middle..<Int32(bytes.count)))
    }

    /// Takes out every field of that name.
    public mutating func remove(_ name: String) {
        let kept = entries.indices.filter { !matches($0, name) }.map { entries[$0] }
        entries = kept
    }

    /// Puts one field in the place of all that have its name.
    public mutating func set(_ name: String, _ value: String) {
        remove(name)
        append(name, value)
    }

    func index(of name: String) -> Int? {
        for index in entries.indices where matches(index, name) { return index }
        return nil
    }

    func name(at index: Int) -> String { text(entries[index].name) }

    func value(at index: Int) -> String { text(entries[index].value) }

    private func text(_ range: Range<Int32>) -> String {
        bytes.withUnsafeBufferPointer { all in
            String(decoding: all[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
        }
    }

    private func matches(_ index: Int, _ name: String) -> Bool {
        let range = entries[index].name
        guard range.count == name.utf8.count else { return false }
        return bytes.withUnsafeBufferPointer { all in
            var position = Int(range.lowerBound)
            for byte in name.utf8 {
                guard asciiLowercase(all[position]) == asciiLowercase(byte) else { return false }
                position += 1
            }
            return true
        }
    }
}

extension Fields: ExpressibleByDictionaryLiteral {
    /// The fields of a literal, in its order.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }
}

extension Fields: Equatable {
    /// The same names, as written, and values in the same order.
    public static func == (left: Fields, right: Fields) -> Bool {
        left.count == right.count && zip(left.pairs, right.pairs).allSatisfy { $0 == $1 }
    }
}
