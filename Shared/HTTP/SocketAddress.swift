import CEvent

/// An IPv4 or IPv6 address and a port, as a value.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The sixteen bytes as two numbers; an IPv4 address stands as `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2).
    let high: UInt64
    let low: UInt64
    /// The port in host order.
    public let port: UInt16

    /// The address behind the kernel's `sockaddr`; nil for families other than IPv4 and IPv6.
    init?(kernel raw: UnsafeRawPointer) {
        var address = martlet_address()
        guard martlet_address_read(raw, &address) != 0 else { return nil }
        self.init(address)
    }

    /// The address written as numbers, `127.0.0.1` or `::1`; nil for a name. Nothing is resolved.
    public init?(numeric host: String, port: UInt16) {
        var address = martlet_address()
        guard martlet_address_parse(host, port, &address) != 0 else { return nil }
        self.init(address)
    }

    private init(_ address: martlet_address) {
        (high, low) = withUnsafeBytes(of: address.bytes) {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        port = address.port
    }

    /// The address in the shim's form.
    var raw: martlet_address {
        var address = martlet_address()
        address.port = port
        withUnsafeMutableBytes(of: &address.bytes) {
            $0.storeBytes(of: high.bigEndian, as: UInt64.self)
            $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return address
    }

    /// The IPv4 address, or nil when it is IPv6.
    var v4: UInt32? {
        high == 0 && low >> 32 == 0xffff ? UInt32(truncatingIfNeeded: low) : nil
    }

    /// The address alone, `127.0.0.1` or `::1`.
    public var host: String {
        var address = raw
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            guard let start = text.baseAddress, martlet_address_text(&address, start, 64) != 0 else { return "?" }
            return String(cString: start)
        }
    }

    /// `127.0.0.1:8080` or `[::1]:8080`.
    public var description: String {
        v4 == nil ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
