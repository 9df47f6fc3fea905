import CSodium

/// Makes sure that libsodium is ready: its generator opened, its implementations chosen. Costs one load afterwards.
enum Sodium {
    private static let started: Bool = {
        precondition(sodium_init() >= 0, "libsodium can't start: no source of randomness")
        return true
    }()

    @inline(__always)
    static func ready() { _ = started }
}

/// Lends a collection's bytes as one run of memory, copying only those that are not stored that way.
func withBytes<R>(_ bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    if let result = bytes.withContiguousStorageIfAvailable(body) { return result }
    return Array(bytes).withUnsafeBufferPointer(body)
}

/// Lends a collection's bytes to C, which wants a pointer also when there are none.
func withPointer<R>(_ bytes: some Collection<UInt8>, _ body: (UnsafePointer<UInt8>, Int) -> R) -> R {
    withBytes(bytes) { buffer in
        if let base = buffer.baseAddress { return body(base, buffer.count) }
        return withUnsafePointer(to: 0) { body($0, 0) }
    }
}

/// Random bytes and tokens from libsodium's generator, which is the kernel's.
public enum Random {
    /// That many unpredictable bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        Sodium.ready()
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    /// An unguessable name: `byteCount` random bytes as URL-safe base64 without padding.
    public static func token(byteCount: Int = 32) -> String {
        Base64.encodeURL(bytes(byteCount))
    }
}

/// Whether two secrets are equal, in a time that depends on their lengths alone.
public func constantTimeEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    Sodium.ready()
    return withPointer(left) { left, leftCount in
        withPointer(right) { right, rightCount in
            leftCount == rightCount && sodium_memcmp(left, right, leftCount) == 0
        }
    }
}
