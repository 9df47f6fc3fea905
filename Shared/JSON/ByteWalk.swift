/// A position in a document, and the grammar of RFC 8259 as moves of it.
///
/// Both the scanner and the tree are built on these moves, so what one accepts the other accepts. It owns nothing: the
/// bytes must outlive it, so it never leaves the `withUnsafeBytes` that made it.
struct ByteWalk {
    let base: UnsafePointer<UInt8>
    let end: Int
    var at: Int
    let depthLimit: Int

    /// `range` is the part of `bytes` to walk; offsets in errors count from the start of `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>, depth: Int) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a range outside the document")
        let nowhere: StaticString = ""
        base = (bytes.baseAddress ?? UnsafeRawPointer(nowhere.utf8Start)).assumingMemoryBound(to: UInt8.self)
        at = range.lowerBound
        end = range.upperBound
        depthLimit = depth
    }

    @inline(__always) mutating func skipSpace() {
        while at < end {
            let byte = base[at]
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            at += 1
        }
    }

    /// The byte here, or 0 at the end: no move accepts a 0.
    @inline(__always) var byte: UInt8 { at < end ? base[at] : 0 }

    @inline(__always) mutating func expect(_ byte: UInt8, _ message: StaticString) throws(JSONError) {
        guard at < end, base[at] == byte else { throw syntax(message) }
        at += 1
    }

    /// Nothing but space may follow.
    mutating func finish() throws(JSONError) {
        skipSpace()
        guard at == end else { throw syntax("more after the value") }
    }

    /// Moves past one value, checking all of it; `outer` is the number of levels already open around it.
    mutating func skipValue(depth outer: Int) throws(JSONError) {
        var isObject: UInt64 = 0
        var depth = outer
        while true {
            switch byte {
            case UInt8(ascii: "\""):
                try skipString()
            case UInt8(ascii: "{"):
                try open(&depth)
                if byte != UInt8(ascii: "}") {
                    isObject = isObject << 1 | 1
                    try skipKey()
                    continue
                }
                at += 1
                depth -= 1
            case UInt8(ascii: "["):
                try open(&depth)
                if byte != UInt8(ascii: "]") {
                    isObject <<= 1
                    continue
                }
                at += 1
                depth -= 1
            default:
                try skipScalar()
            }
            var isDue = false
            while !isDue {
                if depth == outer { return }
                skipSpace()
                if byte == UInt8(ascii: ",") {
                    at += 1
                    skipSpace()
                    if isObject & 1 == 1 { try skipKey() }
                    isDue = true
                } else if byte == (isObject & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    at += 1
                    depth -= 1
                    isObject >>= 1
                } else {
                    throw syntax("a comma or the end of an object or array is due")
                }
            }
        }
    }

    @inline(__always) mutating func open(_ depth: inout Int) throws(JSONError) {
        depth += 1
        guard depth <= depthLimit else { throw JSONError(.depth, at: at, "nested too deep") }
        at += 1
        skipSpace()
    }

    /// Past `"key" :` and the space behind it.
    @inline(__always) private mutating func skipKey() throws(JSONError) {
        guard byte == UInt8(ascii: "\"") else { throw syntax("a key in quotes is due") }
        try skipString()
        try skipColon()
    }

    @inline(__always) mutating func skipColon() throws(JSONError) {
        skipSpace()
        try expect(UInt8(ascii: ":"), "a colon is due")
        skipSpace()
    }

    @inline(never) func syntax(_ message: StaticString) -> JSONError {
        JSONError(.syntax, at: at, at < end ? "\(message)" : "the document ends too early")
    }
}
