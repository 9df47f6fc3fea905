/// Finds members in a document's bytes without building a tree.
///
/// One walk checks the whole document: structure, numbers, escapes, UTF-8, depth, and that the object's own keys differ once their
/// escapes are decoded, so nobody can hide a second `"model"` as `"mod\u0065l"`. What comes back are ranges of the bytes that were
/// given. Nested objects are checked for everything but repeated keys: call again with the range of one whose members matter.
/// Nothing is allocated but the array of results, and that only by `members`.
public enum JSONScanner {
    /// The ranges of the wanted members' values, in the order of `wanted`; nil where the object has no such member.
    ///
    /// A range covers the raw value, a string with its quotes. The document must be one object with nothing but space around it.
    public static func members(
        of bytes: UnsafeRawBufferPointer,
        in range: Range<Int>? = nil,
        wanted: JSONKeys,
        limits: JSONLimits = .default
    ) throws(JSONError) -> [Range<Int>?] {
        var ranges = [Range<Int>?](repeating: nil, count: wanted.count)
        try scan(bytes, in: range, wanted: wanted, limits: limits) { index, value in ranges[index] = value }
        return ranges
    }

    /// The same for an array's bytes.
    public static func members(
        of bytes: [UInt8],
        in range: Range<Int>? = nil,
        wanted: JSONKeys,
        limits: JSONLimits = .default
    ) throws(JSONError) -> [Range<Int>?] {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try members(of: UnsafeRawBufferPointer(buffer), in: range, wanted: wanted, limits: limits)
        }
    }

    /// Calls `found` with the index of each wanted key and its value's range, in the order of the document; allocates nothing.
    ///
    /// `found` may have been called before a mistake further on is thrown: use what it saw only when this returns.
    public static func scan(
        _ bytes: UnsafeRawBufferPointer,
        in range: Range<Int>? = nil,
        wanted: JSONKeys,
        limits: JSONLimits = .default,
        found: (_ index: Int, _ value: Range<Int>) -> Void
    ) throws(JSONError) {
        var walk = try begin(bytes, in: range, limits: limits)
        guard walk.byte == UInt8(ascii: "{") else { throw notA("an object", walk) }
        var depth = 0
        try walk.open(&depth)
        if walk.byte == UInt8(ascii: "}") {
            walk.at += 1
            return try walk.finish()
        }
        var seen = SeenKeys()
        while true {
            guard walk.byte == UInt8(ascii: "\"") else { throw walk.syntax("a key in quotes is due") }
            let start = walk.at + 1
            let hasEscapes = try walk.skipString()
            let key = start..<walk.at - 1
            let mark = KeyMark.of(walk.base, key, hasEscapes: hasEscapes)
            guard seen.insert(walk.base, key, mark: mark, hasEscapes: hasEscapes) else {
                throw JSONError(.duplicateKey, at: start, "a key stands twice in an object")
            }
            try walk.skipColon()
            let value = walk.at
            try walk.skipValue(depth: 1)
            if let index = match(walk.base, key, mark, hasEscapes, wanted) { found(index, value..<walk.at) }
            walk.skipSpace()
            if walk.byte == UInt8(ascii: "}") { break }
            try walk.expect(UInt8(ascii: ","), "a comma or the end of an object is due")
            walk.skipSpace()
        }
        walk.at += 1
        try walk.finish()
    }

    /// Calls `found` with the range of each element of an array; everything is checked as in `scan`.
    public static func elements(
        of bytes: UnsafeRawBufferPointer,
        in range: Range<Int>? = nil,
        limits: JSONLimits = .default,
        found: (Range<Int>) -> Void
    ) throws(JSONError) {
        var walk = try begin(bytes, in: range, limits: limits)
        guard walk.byte == UInt8(ascii: "[") else { throw notA("an array", walk) }
        var depth = 0
        try walk.open(&depth)
        if walk.byte == UInt8(ascii: "]") {
            walk.at += 1
            return try walk.finish()
        }
        while true {
            let value = walk.at
            try walk.skipValue(depth: 1)
            found(value..<walk.at)
            walk.skipSpace()
            if walk.byte == UInt8(ascii: "]") { break }
            try walk.expect(UInt8(ascii: ","), "a comma or the end of an array is due")
            walk.skipSpace()
        }
        walk.at += 1
        try walk.finish()
    }

    /// The ranges of an array's elements.
    public static func elements(
        of bytes: [UInt8],
        in range: Range<Int>? = nil,
        limits: JSONLimits = .default
    ) throws(JSONError) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try elements(of: UnsafeRawBufferPointer(buffer), in: range, limits: limits) { ranges.append($0) }
        }
        return ranges
    }

    /// Checks that the bytes are one value of any type; repeated keys are not looked for.
    public static func validate(
        _ bytes: UnsafeRawBufferPointer,
        in range: Range<Int>? = nil,
        limits: JSONLimits = .default
    ) throws(JSONError) {
        var walk = try begin(bytes, in: range, limits: limits)
        try walk.skipValue(depth: 0)
        try walk.finish()
    }

    static func begin(
        _ bytes: UnsafeRawBufferPointer,
        in range: Range<Int>?,
        limits: JSONLimits
    ) throws(JSONError) -> ByteWalk {
        let range = range ?? 0..<bytes.count
        guard range.count <= limits.bytes, range.upperBound <= UInt32.max else {
            throw JSONError(.tooLarge, "the document is too long")
        }
        var walk = ByteWalk(bytes, in: range, depth: limits.depth)
        walk.skipSpace()
        return walk
    }

    static func notA(_ type: String, _ walk: ByteWalk) -> JSONError {
        walk.at < walk.end ? JSONError(.type, at: walk.at, "not \(type)") : walk.syntax("")
    }

    @inline(__always)
    private static func match(
        _ base: UnsafePointer<UInt8>,
        _ key: Range<Int>,
        _ mark: UInt64,
        _ hasEscapes: Bool,
        _ wanted: JSONKeys
    ) -> Int? {
        for index in wanted.names.indices where wanted.names[index].mark == mark {
            let text = wanted.names[index].text
            let name = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            if hasEscapes ? EscapedBytes(base, key).elementsEqual(name) : equal(base, key, name) { return index }
        }
        return nil
    }

    @inline(__always)
    private static func equal(
        _ base: UnsafePointer<UInt8>,
        _ key: Range<Int>,
        _ name: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard key.count == name.count else { return false }
        for offset in 0..<name.count where base[key.lowerBound + offset] != name[offset] { return false }
        return true
    }
}
