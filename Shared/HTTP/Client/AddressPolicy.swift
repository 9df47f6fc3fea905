/// Which addresses a client may connect to, checked against the address itself when the socket is opened: a name that
/// resolves to something else the second time (DNS rebinding) gains nothing.
public struct AddressPolicy: Sendable, Hashable {
    var global: Bool
    var inside: Bool
    var special: Bool

    /// Everything: for what the operator alone has set.
    public static let any = AddressPolicy(global: true, inside: true, special: true)
    /// Public, private and loopback addresses; never link-local, metadata services, multicast or reserved ones.
    public static let publicAndPrivate = AddressPolicy(global: true, inside: true, special: false)
    /// Private and loopback addresses alone: what plain `http:` may go to.
    public static let privateOnly = AddressPolicy(global: false, inside: true, special: false)
    /// Public addresses alone.
    public static let publicOnly = AddressPolicy(global: true, inside: false, special: false)

    /// Whether the policy allows that address.
    public func allows(_ address: SocketAddress) -> Bool {
        switch address.reach {
        case .global: global
        case .inside: inside
        case .special: special
        }
    }
}

extension SocketAddress {
    enum Reach { case global, inside, special }

    /// Where an address lies, after IANA's special-purpose registries (RFC 6890).
    var reach: Reach {
        if let v4 { return Self.reach(v4: v4) }
        // NAT64 (64:ff9b::/96) and 6to4 (2002::/16) carry an IPv4 address: judge that one.
        if high == 0x0064_ff9b_0000_0000, low >> 32 == 0 { return Self.reach(v4: UInt32(truncatingIfNeeded: low)) }
        if high >> 48 == 0x2002 { return Self.reach(v4: UInt32(truncatingIfNeeded: high >> 16)) }
        if high == 0, low == 1 { return .inside }
        if high == 0 { return .special }
        if high >> 32 == 0xfd00_0ec2 { return .special }
        if high >> 57 == 0xfc >> 1 { return .inside }
        return high >> 61 == 1 && high >> 32 != 0x2001_0db8 ? .global : .special
    }

    private static func reach(v4 address: UInt32) -> Reach {
        func lies(in base: UInt32, _ bits: UInt32) -> Bool { (address ^ base) >> (32 - bits) == 0 }
        // The metadata services of Alibaba (100.100.100.200) and Oracle (192.0.0.192) lie in ranges that would pass.
        if address == 0x6464_64c8 || lies(in: 0xc000_0000, 24) { return .special }
        if lies(in: 0x7f00_0000, 8) || lies(in: 0x0a00_0000, 8) || lies(in: 0xac10_0000, 12)
            || lies(in: 0xc0a8_0000, 16) || lies(in: 0x6440_0000, 10)
        {
            return .inside
        }
        if lies(in: 0x0000_0000, 8) || lies(in: 0xa9fe_0000, 16) || address >= 0xe000_0000 { return .special }
        return .global
    }
}
