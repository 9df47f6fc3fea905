import Glibc

/// Which addresses a request may connect to, asked once more for the address that a name resolved to.
///
/// Checking only the name would leave a door to DNS rebinding: a name that resolves to the cloud's metadata address
/// on the second look.
public enum Reach: Sendable, Equatable {
    /// The operator's own choice: any address.
    case operatorChoice
    /// A provider's fixed public address, over HTTPS.
    case publicService
    /// A user's HTTPS address: anything but link-local, metadata, multicast and unspecified addresses.
    case anyHost
    /// A user's HTTP address: loopback and private ranges alone, without the metadata addresses in them.
    case privateOnly

    /// Whether the client may connect there.
    public func allows(_ address: IPAddress) -> Bool {
        switch self {
        case .operatorChoice: true
        case .publicService, .anyHost: !address.isForbidden
        case .privateOnly: !address.isForbidden && (address.isLoopback || address.isPrivate)
        }
    }
}

/// An IPv4 or IPv6 address.
public struct IPAddress: Sendable, Equatable {
    /// 4 or 16 bytes in network order; an IPv4 address inside IPv6 (`::ffff:a.b.c.d`, `64:ff9b::a.b.c.d`) is kept as IPv4.
    public let bytes: [UInt8]

    /// From 4 or 16 bytes in network order, as they stand in a `sockaddr`; nil for any other count.
    public init?(bytes: [UInt8]) {
        switch bytes.count {
        case 4:
            self.bytes = bytes
        case 16:
            let mapped = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            let translated =
                bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == 0xFF && bytes[3] == 0x9B
                && bytes[4..<12].allSatisfy { $0 == 0 }
            self.bytes = mapped || translated ? Array(bytes[12...]) : bytes
        default:
            return nil
        }
    }

    /// From dotted decimal, or IPv6 text without brackets and zone; nil for anything else.
    public init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if text.utf8.contains(0x3A) {
            guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
            self.init(bytes: bytes)
        } else {
            guard inet_pton(AF_INET, text, &bytes) == 1 else { return nil }
            self.init(bytes: Array(bytes[0..<4]))
        }
    }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes[0..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// RFC 1918 and the shared range 100.64.0.0/10 (RFC 6598), or fc00::/7 (RFC 4193).
    public var isPrivate: Bool {
        guard bytes.count == 4 else { return bytes[0] & 0xFE == 0xFC }
        return bytes[0] == 10
            || bytes[0] == 172 && bytes[1] & 0xF0 == 16
            || bytes[0] == 192 && bytes[1] == 168
            || bytes[0] == 100 && bytes[1] & 0xC0 == 64
    }

    /// Unspecified, link-local, multicast, broadcast and the clouds' metadata addresses: never a provider.
    public var isForbidden: Bool {
        if bytes.count == 4 {
            return bytes[0] == 0 || bytes[0] >= 224
                || bytes[0] == 169 && bytes[1] == 254
                || bytes == [100, 100, 100, 200]
                || bytes == [168, 63, 129, 16]
                || bytes == [192, 0, 0, 192]
        }
        return bytes.allSatisfy { $0 == 0 } || bytes[0] == 0xFF
            || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
            || bytes == [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54]
    }
}
