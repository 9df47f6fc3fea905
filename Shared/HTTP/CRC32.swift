/// The CRC-32 of zlib, PNG and IEEE 802.3: polynomial 0x04C11DB7, reflected.
///
/// Finds bytes that a fault changed; against anybody's intent it is no protection. Eight tables take eight bytes a step.
public struct CRC32: Sendable {
    private var register: UInt32 = 0xFFFF_FFFF

    /// The sum of nothing yet.
    public init() {}

    /// The sum of these bytes.
    public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var sum = CRC32()
        sum.update(bytes)
        return sum.value
    }

    /// The sum of these bytes.
    public static func of(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { of($0) } }

    /// The sum of everything so far; more may follow.
    public var value: UInt32 { ~register }

    /// Takes the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        register = Self.tables.withUnsafeBufferPointer { tables in Self.sum(bytes, from: register, tables) }
    }

    private static func sum(
        _ bytes: UnsafeRawBufferPointer,
        from start: UInt32,
        _ tables: UnsafeBufferPointer<UInt32>
    ) -> UInt32 {
        var register = start
        var index = 0
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian ^ UInt64(register)
            register = 0
            for step in 0..<8 {
                register ^= tables[(7 - step) << 8 | Int(truncatingIfNeeded: word >> UInt64(step * 8)) & 0xFF]
            }
            index += 8
        }
        while index < bytes.count {
            register = register >> 8 ^ tables[Int((register ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        return register
    }

    /// Eight tables of 256, one after the other; table n stands for a byte with n bytes behind it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
            tables[byte] = value
        }
        for entry in 256..<8 * 256 {
            let before = tables[entry - 256]
            tables[entry] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()
}
