public import Wire

/// One role's own key pair and the public keys of the roles that it may meet.
public struct KeyRing: Sendable {
    /// Whose ring this is.
    public let role: Role
    /// The role's own pair.
    public let own: CurveKeys
    /// The public keys by role, the own one among them.
    public let publicKeys: [Role: String]

    /// A ring from its parts.
    public init(role: Role, own: CurveKeys, publicKeys: [Role: String]) {
        self.role = role
        self.own = own
        self.publicKeys = publicKeys.merging([role: own.publicKey]) { $1 }
    }

    /// New rings for every role that know one another, held in memory: for tests and simulations.
    public static func inMemory() throws(BusError) -> [Role: KeyRing] {
        var pairs: [Role: CurveKeys] = [:]
        for role in Role.allCases { pairs[role] = try CurveKeys.generate() }
        let publicKeys = pairs.mapValues(\.publicKey)
        var rings: [Role: KeyRing] = [:]
        for (role, pair) in pairs { rings[role] = KeyRing(role: role, own: pair, publicKeys: publicKeys) }
        return rings
    }

    /// The public key of a role, or an error that says which file was missing when the ring was loaded.
    public func publicKey(of role: Role) throws(BusError) -> String {
        guard let key = publicKeys[role] else {
            throw BusError(.keys, "no public key of \(role.rawValue): its file \(role.rawValue)/public is missing")
        }
        return key
    }
}
