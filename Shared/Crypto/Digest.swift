import CSodium

/// One-shot digests.
public enum Digest {
    /// SHA-256 of the bytes: 32 bytes.
    public static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
        Sodium.ready()
        var digest = [UInt8](repeating: 0, count: SHA256.byteCount)
        withPointer(bytes) { _ = crypto_hash_sha256(&digest, $0, UInt64($1)) }
        return digest
    }

    /// SHA-256 of text's UTF-8.
    public static func sha256(_ text: String) -> [UInt8] { sha256(text.utf8) }
}

/// SHA-256 of what comes in pieces. A value: a copy goes on separately from where the original stands.
public struct SHA256 {
    /// A digest's length.
    public static let byteCount = 32

    private var state = crypto_hash_sha256_state()

    /// A digest of nothing yet.
    public init() {
        Sodium.ready()
        crypto_hash_sha256_init(&state)
    }

    /// Takes the next piece.
    public mutating func update(_ bytes: some Collection<UInt8>) {
        withPointer(bytes) { _ = crypto_hash_sha256_update(&state, $0, UInt64($1)) }
    }

    /// The digest of everything so far, 32 bytes. The state is left as it was, so more may follow.
    public func finalize() -> [UInt8] {
        var state = state
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        crypto_hash_sha256_final(&state, &digest)
        return digest
    }
}
