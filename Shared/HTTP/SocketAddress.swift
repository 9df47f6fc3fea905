public import Glibc

/// An IPv4 or IPv6 address and a port, as a value.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The sixteen bytes in network order; an IPv4 address stands as `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2).
    let high: UInt64
    let low: UInt64
    /// The port in host order.
    public let port: UInt16

    init(high: UInt64, low: UInt64, port: UInt16) {
        self.high = high
        self.low = low
        self.port = port
    }

    /// The address behind the kernel's form; nil for families other than IPv4 and IPv6.
    public init?(_ raw: UnsafePointer<sockaddr>) {
        switch Int32(raw.pointee.sa_family) {
        case AF_INET:
            let address = UnsafeRawPointer(raw).loadUnaligned(as: sockaddr_in.self)
            let low = 0xffff_0000_0000 | UInt64(UInt32(bigEndian: address.sin_addr.s_addr))
            self.init(high: 0, low: low, port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = UnsafeRawPointer(raw).loadUnaligned(as: sockaddr_in6.self)
            let (high, low) = withUnsafeBytes(of: address.sin6_addr) {
                (
                    UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                    UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            self.init(high: high, low: low, port: UInt16(bigEndian: address.sin6_port))
        default:
            return nil
        }
    }

    /// The address written as numbers, `127.0.0.1` or `::1`; nil for a name. Nothing is resolved.
    public init?(numeric host: String, port: UInt16) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, host, &four) == 1 {
            self.init(high: 0, low: 0xffff_0000_0000 | UInt64(UInt32(bigEndian: four.s_addr)), port: port)
        } else if inet_pton(AF_INET6, host, &six) == 1 {
            let (high, low) = withUnsafeBytes(of: six) {
                (
                    UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                    UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            self.init(high: high, low: low, port: port)
        } else {
            return nil
        }
    }

    /// The IPv4 address, or nil when it is IPv6.
    var v4: UInt32? {
        high == 0 && low >> 32 == 0xffff ? UInt32(truncatingIfNeeded: low) : nil
    }

    /// The address alone, `127.0.0.1` or `::1`.
    public var host: String {
        if let v4 { return "\(v4 >> 24).\(v4 >> 16 & 255).\(v4 >> 8 & 255).\(v4 & 255)" }
        var words = (high.bigEndian, low.bigEndian)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            guard inet_ntop(AF_INET6, &words, text.baseAddress, 64) != nil, let start = text.baseAddress else {
                return "?"
            }
            return String(cString: start)
        }
    }

    /// `127.0.0.1:8080` or `[::1]:8080`.
    public var description: String {
        v4 == nil ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
