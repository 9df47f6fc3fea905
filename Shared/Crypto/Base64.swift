/// Base 64 of RFC 4648, for pictures as much as for keys: table-driven, hundreds of megabytes per second.
///
/// Look-ups depend on the bytes, so this isn't for secrets that an attacker on the same processor could time.
public enum Base64 {
    /// The standard alphabet with padding.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        encode(bytes, standardAlphabet, padded: true)
    }

    /// The URL-safe alphabet without padding.
    public static func encodeURL(_ bytes: some Collection<UInt8>) -> String {
        encode(bytes, urlAlphabet, padded: false)
    }

    /// The standard alphabet with padding, as bytes for a JSON writer.
    public static func encodeBytes(_ bytes: some Collection<UInt8>) -> [UInt8] {
        withBytes(bytes) { source in
            [UInt8](unsafeUninitializedCapacity: (source.count + 2) / 3 * 4) { buffer, initialized in
                initialized = write(source, standardAlphabet, padded: true, to: buffer)
            }
        }
    }

    /// The bytes of standard base64. Strict: right padding, no white space, no stray bits in the last character.
    public static func decode(_ text: some StringProtocol) throws(CryptoError) -> [UInt8] {
        try decode(text.utf8)
    }

    /// The bytes of standard base64 that is at hand as bytes.
    public static func decode(_ text: some Collection<UInt8>) throws(CryptoError) -> [UInt8] {
        guard text.count.isMultiple(of: 4) else { throw CryptoError(.malformed, "base64 of a wrong length") }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return try decode(text, values: standardValues, characters: text.count - padding)
    }

    /// The bytes of URL-safe base64 without padding.
    public static func decodeURL(_ text: some StringProtocol) throws(CryptoError) -> [UInt8] {
        try decode(text.utf8, values: urlValues, characters: text.utf8.count)
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standardAlphabet = Array((letters + "+/").utf8)
    private static let urlAlphabet = Array((letters + "-_").utf8)
    private static let standardValues = values(of: standardAlphabet)
    private static let urlValues = values(of: urlAlphabet)

    private static func values(of alphabet: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }

    private static func encode(_ bytes: some Collection<UInt8>, _ alphabet: [UInt8], padded: Bool) -> String {
        withBytes(bytes) { source in
            String(unsafeUninitializedCapacity: (source.count + 2) / 3 * 4) { buffer in
                write(source, alphabet, padded: padded, to: buffer)
            }
        }
    }

    private static func write(
        _ source: UnsafeBufferPointer<UInt8>,
        _ alphabet: [UInt8],
        padded: Bool,
        to out: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        alphabet.withUnsafeBufferPointer { alphabet in
            var written = 0
            var index = 0
            while index + 2 < source.count {
                let group = UInt32(source[index]) << 16 | UInt32(source[index + 1]) << 8 | UInt32(source[index + 2])
                out[written] = alphabet[Int(group >> 18)]
                out[written + 1] = alphabet[Int(group >> 12 & 63)]
                out[written + 2] = alphabet[Int(group >> 6 & 63)]
                out[written + 3] = alphabet[Int(group & 63)]
                written += 4
                index += 3
            }
            guard index < source.count else { return written }
            let second = index + 1 < source.count ? UInt32(source[index + 1]) : nil
            let group = UInt32(source[index]) << 16 | (second ?? 0) << 8
            var tail = [alphabet[Int(group >> 18)], alphabet[Int(group >> 12 & 63)]]
            if second != nil { tail.append(alphabet[Int(group >> 6 & 63)]) }
            while padded, tail.count < 4 { tail.append(UInt8(ascii: "=")) }
            for character in tail {
                out[written] = character
                written += 1
            }
            return written
        }
    }

    private static func decode(
        _ text: some Collection<UInt8>,
        values: [UInt8],
        characters: Int
    ) throws(CryptoError) -> [UInt8] {
        let rest = characters % 4
        guard rest != 1 else { throw CryptoError(.malformed, "base64 of a wrong length") }
        var isValid = true
        let bytes = withBytes(text) { source in
            [UInt8](unsafeUninitializedCapacity: characters / 4 * 3 + 2) { buffer, initialized in
                initialized = read(source, values, characters, to: buffer, isValid: &isValid)
            }
        }
        guard isValid else { throw CryptoError(.malformed, "not base64") }
        return bytes
    }

    private static func read(
        _ source: UnsafeBufferPointer<UInt8>,
        _ values: [UInt8],
        _ characters: Int,
        to out: UnsafeMutableBufferPointer<UInt8>,
        isValid: inout Bool
    ) -> Int {
        values.withUnsafeBufferPointer { values in
            var seen: UInt8 = 0
            var written = 0
            var index = 0
            while index + 3 < characters {
                let first = values[Int(source[index])]
                let second = values[Int(source[index + 1])]
                let third = values[Int(source[index + 2])]
                let fourth = values[Int(source[index + 3])]
                seen |= first | second | third | fourth
                out[written] = first << 2 | second >> 4
                out[written + 1] = second << 4 | third >> 2
                out[written + 2] = third << 6 | fourth
                written += 3
                index += 4
            }
            if index < characters {
                let first = values[Int(source[index])]
                let second = values[Int(source[index + 1])]
                let third = index + 2 < characters ? values[Int(source[index + 2])] : 0
                seen |= first | second | third
                out[written] = first << 2 | second >> 4
                written += 1
                var stray = second << 4
                if index + 2 < characters {
                    out[written] = second << 4 | third >> 2
                    written += 1
                    stray = third << 6
                }
                if stray != 0 { seen = 0xFF }
            }
            isValid = seen & 0xC0 == 0
            return written
        }
    }
}
