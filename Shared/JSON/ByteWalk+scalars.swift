extension ByteWalk {
    /// Past a number or one of the three names.
    mutating func skipScalar() throws(JSONError) {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
        case UInt8(ascii: "t"): try skipName("true")
        case UInt8(ascii: "f"): try skipName("false")
        case UInt8(ascii: "n"): try skipName("null")
        default: throw syntax("a value is due")
        }
    }

    private mutating func skipName(_ name: StaticString) throws(JSONError) {
        for index in 0..<name.utf8CodeUnitCount {
            guard at < end, base[at] == name.utf8Start[index] else { throw syntax("not true, false or null") }
            at += 1
        }
    }

    /// RFC 8259 section 6: no leading zero, no plus, digits on both sides of the point and behind the exponent.
    mutating func skipNumber() throws(JSONError) {
        if byte == UInt8(ascii: "-") { at += 1 }
        if byte == UInt8(ascii: "0") {
            at += 1
        } else {
            try skipDigits()
        }
        if byte == UInt8(ascii: ".") {
            at += 1
            try skipDigits()
        }
        if byte | 0x20 == UInt8(ascii: "e") {
            at += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
            try skipDigits()
        }
    }

    @inline(__always) private mutating func skipDigits() throws(JSONError) {
        let first = at
        while at < end, base[at] &- UInt8(ascii: "0") < 10 { at += 1 }
        guard at > first else { throw syntax("a digit is due") }
    }
}
