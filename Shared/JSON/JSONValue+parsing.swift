extension JSONValue {
    /// Parses one document, strictly: repeated keys at any level, bytes behind the value and all that `JSONScanner` refuses are errors.
    public init(parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .default) throws(JSONError) {
        var walk = try JSONScanner.begin(bytes, in: nil, limits: limits)
        self = try walk.tree(depth: 0)
        try walk.finish()
    }

    /// Parses an array's bytes.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try JSONValue(parsing: UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }

    /// Parses a slice; offsets in errors count from its start.
    public init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try JSONValue(parsing: UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }

    /// Parses a text.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }
}

extension ByteWalk {
    /// The value here as a tree. Recursion is bounded by the depth limit, 64 at most.
    fileprivate mutating func tree(depth: Int) throws(JSONError) -> JSONValue {
        switch byte {
        case UInt8(ascii: "{"):
            return .object(try fields(depth: depth))
        case UInt8(ascii: "["):
            return .array(try elements(depth: depth))
        case UInt8(ascii: "\""):
            return .string(try string())
        default:
            let start = at
            try skipScalar()
            switch base[start] {
            case UInt8(ascii: "t"): return .bool(true)
            case UInt8(ascii: "f"): return .bool(false)
            case UInt8(ascii: "n"): return .null
            default:
                let literal = UnsafeBufferPointer(start: base + start, count: at - start)
                return .number(String(decoding: literal, as: UTF8.self))
            }
        }
    }

    private mutating func fields(depth outer: Int) throws(JSONError) -> [JSONField] {
        var depth = outer
        try open(&depth)
        var fields: [JSONField] = []
        if byte == UInt8(ascii: "}") {
            at += 1
            return fields
        }
        var seen = SeenKeys()
        while true {
            let start = at + 1
            guard byte == UInt8(ascii: "\"") else { throw syntax("a key in quotes is due") }
            var ahead = self
            let hasEscapes = try ahead.skipString()
            let key = start..<ahead.at - 1
            let mark = KeyMark.of(base, key, hasEscapes: hasEscapes)
            guard seen.insert(base, key, mark: mark, hasEscapes: hasEscapes) else {
                throw JSONError(.duplicateKey, at: start, "a key stands twice in an object")
            }
            let name = try string()
            try skipColon()
            fields.append(JSONField(name, try tree(depth: depth)))
            skipSpace()
            if byte == UInt8(ascii: "}") { break }
            try expect(UInt8(ascii: ","), "a comma or the end of an object is due")
            skipSpace()
        }
        at += 1
        return fields
    }

    private mutating func elements(depth outer: Int) throws(JSONError) -> [JSONValue] {
        var depth = outer
        try open(&depth)
        var elements: [JSONValue] = []
        if byte == UInt8(ascii: "]") {
            at += 1
            return elements
        }
        while true {
            elements.append(try tree(depth: depth))
            skipSpace()
            if byte == UInt8(ascii: "]") { break }
            try expect(UInt8(ascii: ","), "a comma or the end of an array is due")
            skipSpace()
        }
        at += 1
        return elements
    }
}
