import CSodium

/// Message authentication codes.
public enum MAC {
    /// HMAC-SHA-256 (RFC 2104) with a key of any length: 32 bytes.
    public static func hmacSHA256(key: some Collection<UInt8>, _ message: some Collection<UInt8>) -> [UInt8] {
        Sodium.ready()
        var state = crypto_auth_hmacsha256_state()
        var code = [UInt8](repeating: 0, count: 32)
        withPointer(key) { _ = crypto_auth_hmacsha256_init(&state, $0, $1) }
        withPointer(message) { _ = crypto_auth_hmacsha256_update(&state, $0, UInt64($1)) }
        crypto_auth_hmacsha256_final(&state, &code)
        return code
    }

    /// Eight bytes of keyed BLAKE2b: enough to see in a log whether two texts are the same, useless for guessing one
    /// without the key. The key has 16 to 64 bytes.
    public static func keyed(key: some Collection<UInt8>, _ message: some Collection<UInt8>) -> [UInt8] {
        Sodium.ready()
        precondition((16...64).contains(key.count), "BLAKE2b takes a key of 16 to 64 bytes")
        var code = [UInt8](repeating: 0, count: 32)
        withPointer(key) { key, keyCount in
            withPointer(message) { _ = crypto_generichash(&code, 32, $0, UInt64($1), key, keyCount) }
        }
        return Array(code.prefix(8))
    }
}
