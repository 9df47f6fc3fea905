public import Wire

// <directory>/<role>/<role>/secret, public   the role's own pair
// <directory>/<role>/<other>/public          the roles that it calls or lets in

extension KeyRing {
    /// The roles whose public keys a role needs: those that it calls and those that it lets in.
    ///
    /// The gateway, the audit service and the tap's hub have a door; everybody calls all three. Only these let others
    /// in, so the rest never hold each other's keys.
    public static func acquaintances(of role: Role) -> Set<Role> {
        switch role {
        case .gateway, .auditService, .tap: Set(Role.allCases).subtracting([role])
        case .imageWorker, .healthMonitor, .operator: [.gateway, .auditService, .tap]
        }
    }

    /// Makes the keys that are missing, each role's in a folder of its own that holds nothing it doesn't need: its own
    /// secret and the public keys of its acquaintances. Such a folder is a whole key folder for ``load(directory:role:)``
    /// and can be the one thing that a container is given.
    ///
    /// Existing secrets are never touched. A role whose folder was emptied gets new keys, and the others its new
    /// public key.
    public static func createFolders(directory: String) throws(BusError) {
        try makeDirectory(directory)
        var publicKeys: [Role: String] = [:]
        for role in Role.allCases {
            let own = "\(directory)/\(role.rawValue)"
            try makeDirectory(own)
            publicKeys[role] = try makePair("\(own)/\(role.rawValue)")
        }
        for role in Role.allCases {
            for other in acquaintances(of: role) {
                guard let key = publicKeys[other] else { continue }
                let folder = "\(directory)/\(role.rawValue)/\(other.rawValue)"
                try makeDirectory(folder)
                try putPublicKey(key, in: folder)
            }
        }
    }
}
