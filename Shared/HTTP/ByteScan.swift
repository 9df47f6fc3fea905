/// Which bytes may stand where in a message's head; tables as bits, so that a test is a shift.
enum ByteScan {
    /// `tchar` of RFC 9110 section 5.6.2, for the codes 0 to 63 and 64 to 127.
    private static let tokenLow: UInt64 = bits("!#$%&'*+-.0123456789", 0)
    private static let tokenHigh: UInt64 = bits("ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~", 64)

    private static func bits(_ characters: StaticString, _ base: UInt8) -> UInt64 {
        characters.withUTF8Buffer { $0.reduce(0) { $0 | 1 << UInt64($1 - base) } }
    }

    /// Whether the byte may stand in a method or a field name.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        // The two words of `tokenLow` and `tokenHigh` as constants: the lazy check of a static costs more than the test.
        let word: UInt64 = byte < 64 ? 0x03ff_6cfa_0000_0000 : 0x57ff_ffff_c7ff_fffe
        return byte < 128 && word >> UInt64(byte & 63) & 1 == 1
    }

    /// Whether the constants in ``isToken(_:)`` are what they stand for; a test asks.
    static var tableIsRight: Bool {
        (0...255).allSatisfy { value in
            let byte = UInt8(value)
            let expected =
                byte < 64 ? tokenLow >> UInt64(byte) & 1 == 1 : byte < 128 && tokenHigh >> UInt64(byte - 64) & 1 == 1
            return isToken(byte) == expected
        }
    }

    /// How many of the bytes from `start` on make a token.
    @inline(__always)
    static func tokenLength(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var length = 0
        while length < count, isToken(start[length]) { length += 1 }
        return length
    }

    /// Whether a field value holds only what it may: visible characters, space, tab, and bytes above 127.
    ///
    /// Eight bytes at a time: a byte below 0x20 borrows in `word - 0x20…`, and 0x7f is found as a zero after xor.
    @inline(__always)
    static func isFieldValue(_ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var position = 0
        while position + 8 <= count {
            let word = UnsafeRawPointer(start + position).loadUnaligned(as: UInt64.self)
            let low = (word &- 0x2020_2020_2020_2020) & ~word
            let delete = word ^ 0x7f7f_7f7f_7f7f_7f7f
            let zero = (delete &- 0x0101_0101_0101_0101) & ~delete
            if (low | zero) & 0x8080_8080_8080_8080 != 0 {
                for offset in position..<position + 8 where !isValueByte(start[offset]) { return false }
            }
            position += 8
        }
        while position < count {
            if !isValueByte(start[position]) { return false }
            position += 1
        }
        return true
    }

    @inline(__always)
    private static func isValueByte(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7f : byte == 0x09
    }

    /// Whether every byte is visible ASCII, 0x21 to 0x7e.
    @inline(__always)
    static func isVisible(_ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for position in 0..<count where start[position] &- 0x21 > 0x5d { return false }
        return true
    }

    /// Whether the bytes are that name, which is given in lower case, in whatever case they are.
    @inline(__always)
    static func equals(_ start: UnsafePointer<UInt8>, _ count: Int, _ name: StaticString) -> Bool {
        guard count == name.utf8CodeUnitCount else { return false }
        let expected = name.utf8Start
        for position in 0..<count where asciiLowercase(start[position]) != expected[position] { return false }
        return true
    }
}

/// The byte in lower case when it is an ASCII letter.
@inline(__always)
func asciiLowercase(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
}

/// The value of a hex digit in either case, or nil.
@inline(__always)
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
    default: nil
    }
}
