import CSodium

/// The keys of someone who receives sealed boxes, such as an image worker: made at each start, kept in memory alone.
public struct BoxKeyPair: Sendable, CustomStringConvertible, CustomReflectable {
    /// What senders seal to: 32 bytes, no secret.
    public let publicKey: [UInt8]
    private let secretKey: [UInt8]

    private init(publicKey: [UInt8], secretKey: [UInt8]) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// A new pair.
    public static func generate() -> BoxKeyPair {
        Sodium.ready()
        var publicKey = [UInt8](repeating: 0, count: SealedBox.publicKeyByteCount)
        var secretKey = [UInt8](repeating: 0, count: Int(crypto_box_SECRETKEYBYTES))
        crypto_box_keypair(&publicKey, &secretKey)
        return BoxKeyPair(publicKey: publicKey, secretKey: secretKey)
    }

    /// What was sealed to ``publicKey``.
    public func open(_ sealed: some Collection<UInt8>) throws(CryptoError) -> [UInt8] {
        let length = sealed.count - SealedBox.overhead
        guard length >= 0 else { throw CryptoError(.malformed, "too short for a sealed box") }
        var plain = [UInt8](repeating: 0, count: length)
        let status = withPointer(sealed) {
            crypto_box_seal_open(&plain, $0, UInt64($1), publicKey, secretKey)
        }
        guard status == 0 else { throw CryptoError(.forged, "the sealed box is for another key, or was changed") }
        return plain
    }

    /// The public key alone.
    public var description: String { "BoxKeyPair(\(Hex.encode(publicKey)))" }

    /// The public key alone.
    public var customMirror: Mirror { Mirror(self, children: ["publicKey": Hex.encode(publicKey)]) }
}

/// Anonymous boxes (X25519 and XSalsa20-Poly1305): anyone seals, only the holder of the secret key opens.
public enum SealedBox {
    /// A public key's length.
    public static let publicKeyByteCount = Int(crypto_box_PUBLICKEYBYTES)
    /// How much longer a box is than what it holds.
    public static let overhead = crypto_box_sealbytes()

    /// Seals to a public key of 32 bytes.
    public static func seal(
        _ plain: some Collection<UInt8>,
        to publicKey: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        Sodium.ready()
        guard publicKey.count == publicKeyByteCount else { throw CryptoError(.length, "not a public key") }
        var sealed = [UInt8](repeating: 0, count: plain.count + overhead)
        let status = withPointer(plain) { crypto_box_seal(&sealed, $0, UInt64($1), publicKey) }
        guard status == 0 else { throw CryptoError(.malformed, "a public key that nothing can be sealed to") }
        return sealed
    }
}
