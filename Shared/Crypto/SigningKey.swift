import CSodium

/// An Ed25519 key that signs (RFC 8032).
public struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The key that checks this one's signatures.
    public let verifyKey: VerifyKey
    private let secretKey: [UInt8]

    private init(seed: [UInt8]) {
        Sodium.ready()
        var publicKey = [UInt8](repeating: 0, count: VerifyKey.byteCount)
        var secretKey = [UInt8](repeating: 0, count: Int(crypto_sign_SECRETKEYBYTES))
        crypto_sign_seed_keypair(&publicKey, &secretKey, seed)
        verifyKey = VerifyKey(trusted: publicKey)
        self.secretKey = secretKey
    }

    /// A new key.
    public static func generate() -> SigningKey { SigningKey(seed: Random.bytes(32)) }

    /// The key in a file of 64 hex digits, made with mode 0600 when there is none.
    public static func load(file path: String) throws(CryptoError) -> SigningKey {
        let text = try SecretFile.readOrCreate(path, limit: 4_096) {
            Array((Hex.encode(Random.bytes(32)) + "\n").utf8)
        }
        let line = text.prefix { $0 != UInt8(ascii: "\n") }
        let seed = try Hex.decode(String(decoding: line, as: UTF8.self))
        guard seed.count == 32 else { throw CryptoError(.length, "\(path) holds no signing key") }
        return SigningKey(seed: seed)
    }

    /// A signature of 64 bytes.
    public func sign(_ message: some Collection<UInt8>) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
        withPointer(message) {
            _ = crypto_sign_detached(&signature, nil, $0, UInt64($1), secretKey)
        }
        return signature
    }

    /// The public half alone.
    public var description: String { "SigningKey(\(Hex.encode(verifyKey.bytes)))" }

    /// The public half alone.
    public var customMirror: Mirror { Mirror(self, children: ["verifyKey": Hex.encode(verifyKey.bytes)]) }
}

/// An Ed25519 key that checks signatures. No secret.
public struct VerifyKey: Sendable, Hashable {
    /// A key's length.
    public static let byteCount = Int(crypto_sign_PUBLICKEYBYTES)

    /// The key's 32 bytes.
    public let bytes: [UInt8]

    fileprivate init(trusted bytes: [UInt8]) { self.bytes = bytes }

    /// The key of these 32 bytes.
    public init(bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == Self.byteCount else { throw CryptoError(.length, "not an Ed25519 key") }
        self.bytes = bytes
    }

    /// Whether the signature is this key's, for exactly these bytes.
    public func isValid(_ signature: [UInt8], for message: some Collection<UInt8>) -> Bool {
        Sodium.ready()
        guard signature.count == Int(crypto_sign_BYTES) else { return false }
        return withPointer(message) {
            crypto_sign_verify_detached(signature, $0, UInt64($1), bytes) == 0
        }
    }
}
