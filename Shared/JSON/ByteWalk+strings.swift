extension ByteWalk {
    /// Past a string, from its opening quote; true when it has escapes. Checks escapes, control characters and UTF-8.
    @discardableResult
    mutating func skipString() throws(JSONError) -> Bool {
        at += 1
        var hasEscapes = false
        while true {
            skipPlain()
            guard at < end else { throw syntax("a string isn't closed") }
            let byte = base[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                return hasEscapes
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape()
            } else if byte >= 0x80 {
                try skipSequence()
            } else {
                throw syntax("a control character in a string")
            }
        }
    }

    /// To the next byte that isn't printable ASCII without meaning inside a string, eight bytes at a time.
    ///
    /// A borrow can only make a byte above the first true hit look like one, and only the first is used. Words, not SIMD: comparing
    /// SIMD16 lanes compiled to calls here and took thirty times as long.
    @inline(__always) private mutating func skipPlain() {
        let raw = UnsafeRawPointer(base)
        let end = end
        var here = at
        while end &- here >= 8 {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: here, as: UInt64.self))
            let control = word &- 0x2020_2020_2020_2020
            let quote = (word ^ 0x2222_2222_2222_2222) &- 0x0101_0101_0101_0101
            let escape = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
            let hits = (word | control | quote | escape) & 0x8080_8080_8080_8080
            if hits != 0 {
                at = here &+ hits.trailingZeroBitCount &>> 3
                return
            }
            here &+= 8
        }
        while here < end {
            let byte = base[here]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            here &+= 1
        }
        at = here
    }

    /// Past a backslash and what it introduces; surrogates only in pairs.
    private mutating func skipEscape() throws(JSONError) {
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 1
        case UInt8(ascii: "u"):
            at += 1
            try skipCodePoint()
        default:
            throw syntax("an unknown escape")
        }
    }

    private mutating func skipCodePoint() throws(JSONError) {
        let start = at
        let unit = try hexUnit()
        guard unit & 0xF800 == 0xD800 else { return }
        let half = JSONError(.encoding, at: start, "half of a surrogate pair")
        guard unit < 0xDC00, byte == UInt8(ascii: "\\") else { throw half }
        at += 1
        guard byte == UInt8(ascii: "u") else { throw half }
        at += 1
        guard try hexUnit() & 0xFC00 == 0xDC00 else { throw half }
    }

    private mutating func hexUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = ByteWalk.hexDigit(byte) else { throw syntax("four hexadecimal digits are due") }
            unit = unit << 4 | digit
            at += 1
        }
        return unit
    }

    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Past one character of two to four bytes: Unicode table 3-7, so no overlong form, surrogate or value past U+10FFFF.
    private mutating func skipSequence() throws(JSONError) {
        let second = at + 1 < end ? base[at + 1] : 0
        let length: Int
        switch base[at] {
        case 0xC2...0xDF: length = second & 0xC0 == 0x80 ? 2 : 0
        case 0xE0: length = second >= 0xA0 && second <= 0xBF ? 3 : 0
        case 0xED: length = second >= 0x80 && second <= 0x9F ? 3 : 0
        case 0xE1...0xEF: length = second & 0xC0 == 0x80 ? 3 : 0
        case 0xF0: length = second >= 0x90 && second <= 0xBF ? 4 : 0
        case 0xF1...0xF3: length = second & 0xC0 == 0x80 ? 4 : 0
        case 0xF4: length = second >= 0x80 && second <= 0x8F ? 4 : 0
        default: length = 0
        }
        guard length > 0, end - at >= length,
            length < 3 || base[at + 2] & 0xC0 == 0x80,
            length < 4 || base[at + 3] & 0xC0 == 0x80
        else { throw JSONError(.encoding, at: at, "not UTF-8") }
        at += length
    }
}
