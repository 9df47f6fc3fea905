import Glibc
public import Wire

// <directory>/<role>/secret   40 characters of Z85, mode 0600
// <directory>/<role>/public   40 characters of Z85, mode 0644

extension KeyRing {
    /// Makes the keys that are missing, for all roles. Existing ones are never touched, so it may run at each start,
    /// and in several processes at the same time: whoever links a secret into place first has made it.
    public static func create(directory: String) throws(BusError) {
        try makeDirectory(directory)
        for role in Role.allCases { try makePair("\(directory)/\(role.rawValue)") }
    }

    /// Makes a role's folder and what is missing of its pair; the public half is the answer.
    @discardableResult
    static func makePair(_ folder: String) throws(BusError) -> String {
        try makeDirectory(folder)
        if access("\(folder)/secret", F_OK) != 0 {
            let fresh = try CurveKeys.generate()
            try publish(fresh.secret, as: "\(folder)/secret", mode: 0o600)
        }
        // Derived from the secret that won, whoever made it, so that the two files always belong together.
        let pair = try CurveKeys(secret: readKey("\(folder)/secret"))
        try putPublicKey(pair.publicKey, in: folder)
        return pair.publicKey
    }

    /// Makes a folder hold that public key, whatever it held before.
    static func putPublicKey(_ key: String, in folder: String) throws(BusError) {
        guard (try? readKey("\(folder)/public")) != key else { return }
        try publish(key, as: "\(folder)/public", mode: 0o644, replacing: true)
    }

    /// Reads a role's own pair and whatever public keys are there.
    ///
    /// A container is given its own folder and the public halves it needs; a missing one is an error only when a
    /// link asks for it.
    public static func load(directory: String, role: Role) throws(BusError) -> KeyRing {
        let secretFile = "\(directory)/\(role.rawValue)/secret"
        try refuseIfReadableByOthers(secretFile)
        let own = try CurveKeys(secret: readKey(secretFile))
        var publicKeys: [Role: String] = [:]
        for other in Role.allCases {
            let file = "\(directory)/\(other.rawValue)/public"
            guard access(file, F_OK) == 0 else { continue }
            let key = try readKey(file)
            guard CurveKeys.bytes(key) != nil else { throw BusError(.keys, "\(file) holds no CURVE key") }
            publicKeys[other] = key
        }
        if let published = publicKeys[role], published != own.publicKey {
            throw BusError(.keys, "\(directory)/\(role.rawValue): public and secret do not belong together")
        }
        return KeyRing(role: role, own: own, publicKeys: publicKeys)
    }

    // MARK: Files

    static func makeDirectory(_ path: String) throws(BusError) {
        guard mkdir(path, 0o755) != 0, errno != EEXIST else { return }
        throw .file("can't make \(path)")
    }

    /// Writes a file of its own name, flushes it to the disk and only then gives it the name that others look for:
    /// nobody ever sees half a key. `link` refuses a name that is taken, which `rename` would replace.
    private static func publish(_ text: String, as path: String, mode: mode_t, replacing: Bool = false) throws(BusError)
    {
        let draft = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max))"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw .file("can't create \(draft)") }
        defer { unlink(draft) }
        let bytes = Array("\(text)\n".utf8)
        let written = write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        guard close(file) == 0, written else { throw .file("can't write \(draft)") }
        if replacing {
            guard rename(draft, path) == 0 else { throw .file("can't rename to \(path)") }
        } else {
            guard link(draft, path) == 0 || errno == EEXIST else { throw .file("can't link \(path)") }
        }
        try flushDirectory(of: path)
    }

    private static func flushDirectory(of path: String) throws(BusError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file("can't open \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file("can't flush \(folder)") }
    }

    private static func readKey(_ path: String) throws(BusError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .file("can't open \(path)") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: CurveKeys.length + 8)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw .file("can't read \(path)") }
        let text = bytes.prefix(count).prefix { $0 > 32 && $0 < 127 }
        guard text.count == CurveKeys.length else {
            throw BusError(.keys, "\(path) has to hold one key of \(CurveKeys.length) characters")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func refuseIfReadableByOthers(_ path: String) throws(BusError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .file("no key at \(path); `martlet keys` makes them")
        }
        guard status.st_mode & 0o007 == 0 else {
            throw BusError(.keys, "\(path) is open to everyone on this machine: chmod 600 it and make new keys")
        }
    }
}

extension BusError {
    fileprivate static func file(_ doing: String) -> BusError {
        let number = errno
        return BusError(.keys, "\(doing): \(String(cString: strerror(number)))")
    }
}
