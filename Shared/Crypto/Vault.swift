import CSodium
import Synchronization

/// Seals what is stored, such as providers' credentials, with keys that lie outside the database.
///
/// The file is a key ring of mode 0600: a first line that names the format, then a line per key, `<id> <64 hex digits>`;
/// the last line's key seals, all of them open. A sealed value is `0x01 ‖ key id (u32, big-endian) ‖ nonce (24) ‖
/// XChaCha20-Poly1305(plain)`; its context (for example `connector:<id>`) and the prefix are authenticated with it, so
/// a value copied to another row doesn't open there. Any thread.
public final class Vault: Sendable {
    /// How much longer a sealed value is than the plain one.
    public static let overhead = headerByteCount + nonceByteCount + tagByteCount

    private struct Key: Sendable {
        let id: UInt32
        let bytes: [UInt8]
    }

    private static let formatLine = "martlet-vault 1"
    private static let fileLimit = 1 << 20
    private static let headerByteCount = 5
    private static let keyByteCount = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
    private static let nonceByteCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    private static let tagByteCount = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

    private let file: String
    private let ring: Mutex<[Key]>

    /// Opens the key ring, or makes one with a first key.
    public init(file path: String) throws(CryptoError) {
        file = path
        let first = Key(id: 1, bytes: Random.bytes(Self.keyByteCount))
        let text = try SecretFile.readOrCreate(path, limit: Self.fileLimit) { Self.text(of: [first]) }
        ring = Mutex(try Self.parse(text, path))
    }

    /// Seals with the newest key. `context` says what this is, and must be given again to open it.
    public func seal(_ plain: some Collection<UInt8>, context: String) -> [UInt8] {
        let key = ring.withLock { $0[$0.count - 1] }
        let header = [1] + Self.bigEndian(key.id)
        let nonce = Random.bytes(Self.nonceByteCount)
        let associated = header + Array(context.utf8)
        var sealed = [UInt8](repeating: 0, count: plain.count + Self.tagByteCount)
        withPointer(plain) {
            _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                &sealed,
                nil,
                $0,
                UInt64($1),
                associated,
                UInt64(associated.count),
                nil,
                nonce,
                key.bytes
            )
        }
        return header + nonce + sealed
    }

    /// Opens what was sealed for the same context with any key of the ring.
    public func open(_ sealed: [UInt8], context: String) throws(CryptoError) -> [UInt8] {
        let id = try Self.keyID(of: sealed)
        let key = try key(id)
        let nonce = Array(sealed[Self.headerByteCount..<Self.headerByteCount + Self.nonceByteCount])
        let body = Array(sealed[(Self.headerByteCount + Self.nonceByteCount)...])
        let associated = Array(sealed[..<Self.headerByteCount]) + Array(context.utf8)
        var plain = [UInt8](repeating: 0, count: sealed.count - Self.overhead)
        let status = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plain,
            nil,
            nil,
            body,
            UInt64(body.count),
            associated,
            UInt64(associated.count),
            nonce,
            key.bytes
        )
        guard status == 0 else { throw CryptoError(.forged, "a sealed value was changed or is for another context") }
        return plain
    }

    /// Whether the newest key sealed this; what isn't should be opened and sealed again after ``rotate()``.
    public func isCurrent(_ sealed: [UInt8]) -> Bool {
        guard let id = try? Self.keyID(of: sealed) else { return false }
        return ring.withLock { $0[$0.count - 1].id == id }
    }

    /// The newest key's number.
    public var currentKeyID: UInt32 { ring.withLock { $0[$0.count - 1].id } }

    /// Adds a key that seals from now on, and writes the ring to its file first.
    public func rotate() throws(CryptoError) {
        try change { (keys: inout [Key]) throws(CryptoError) in
            let (id, overflow) = keys[keys.count - 1].id.addingReportingOverflow(1)
            guard !overflow else { throw CryptoError(.malformed, "the vault has used up its key numbers") }
            keys.append(Key(id: id, bytes: Random.bytes(Self.keyByteCount)))
        }
    }

    /// Forgets all keys but the newest. What they sealed can't be opened any more: seal everything again before.
    public func forgetOldKeys() throws(CryptoError) {
        try change { (keys: inout [Key]) throws(CryptoError) in keys.removeFirst(keys.count - 1) }
    }

    /// A key that isn't known may have been added by another process, so the file is read again first.
    private func key(_ id: UInt32) throws(CryptoError) -> Key {
        if let key = ring.withLock({ $0.first { $0.id == id } }) { return key }
        let keys = try Self.read(file)
        guard let key = keys.first(where: { $0.id == id }) else {
            throw CryptoError(.unknownKey, "the vault has no key number \(id)")
        }
        ring.withLock { $0 = keys }
        return key
    }

    private static func read(_ path: String) throws(CryptoError) -> [Key] {
        guard let text = try SecretFile.read(path, limit: fileLimit) else {
            throw CryptoError(.file, "\(path) went away")
        }
        return try parse(text, path)
    }

    /// What another process added is kept: the file is read anew before it is replaced.
    private func change(_ edit: (inout [Key]) throws(CryptoError) -> Void) throws(CryptoError) {
        try ring.withLock { (keys: inout [Key]) throws(CryptoError) in
            var edited = try Self.read(file)
            try edit(&edited)
            try SecretFile.replace(file, Self.text(of: edited))
            keys = edited
        }
    }

    private static func keyID(of sealed: [UInt8]) throws(CryptoError) -> UInt32 {
        guard sealed.count >= overhead, sealed[0] == 1 else {
            throw CryptoError(.malformed, "not a value that the vault sealed")
        }
        return sealed[1..<headerByteCount].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    private static func text(of keys: [Key]) -> [UInt8] {
        let lines = [formatLine] + keys.map { "\($0.id) \(Hex.encode($0.bytes))" }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func parse(_ text: [UInt8], _ path: String) throws(CryptoError) -> [Key] {
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        guard lines.first == formatLine[...], lines.count > 1 else {
            throw CryptoError(.malformed, "\(path) is not a vault's key ring")
        }
        var keys: [Key] = []
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let id = UInt32(parts[0]), id > keys.last?.id ?? 0 else {
                throw CryptoError(.malformed, "\(path) has a line that is not a key")
            }
            let bytes = try Hex.decode(parts[1])
            guard bytes.count == keyByteCount else { throw CryptoError(.length, "\(path) has a key of a wrong length") }
            keys.append(Key(id: id, bytes: bytes))
        }
        return keys
    }
}
