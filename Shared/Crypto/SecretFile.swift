import Glibc

/// Files that only their owner may read.
public enum SecretFile {
    /// Makes a file of mode 0600 and syncs it; false when one of that name is there already, which is left alone.
    @discardableResult
    public static func create(_ path: String, _ bytes: [UInt8]) throws(CryptoError) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 {
            if errno == EEXIST { return false }
            throw failure("make", path)
        }
        let isComplete = write(all: bytes, to: descriptor) && fsync(descriptor) == 0
        let cause = errno
        close(descriptor)
        guard isComplete else {
            unlink(path)
            errno = cause
            throw failure("write", path)
        }
        try syncFolder(of: path)
        return true
    }

    /// The file's bytes; nil when there is none. A file that others may read, or longer than `limit`, is refused.
    public static func read(_ path: String, limit: Int) throws(CryptoError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
        guard status.st_mode & 0o077 == 0 else {
            throw CryptoError(.permissions, "\(path) can be read by others; it must have mode 0600")
        }
        guard status.st_size <= limit else { throw CryptoError(.file, "\(path) is longer than \(limit) bytes") }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var filled = 0
        while filled <= limit {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, limit + 1 - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return Array(bytes.prefix(filled)) }
            filled += count
        }
        throw CryptoError(.file, "\(path) is longer than \(limit) bytes")
    }

    /// The file's bytes, after making it from `content` when there is none. Of two processes that do this at once,
    /// one makes the file and both read the same.
    public static func readOrCreate(
        _ path: String,
        limit: Int,
        _ content: () -> [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        if let bytes = try read(path, limit: limit) { return bytes }
        let fresh = temporaryName(path)
        try create(fresh, content())
        // A link appears whole or not at all, and doesn't replace what another process made meanwhile.
        let status = link(fresh, path)
        let cause = errno
        unlink(fresh)
        errno = cause
        guard status == 0 || cause == EEXIST else { throw failure("make", path) }
        try syncFolder(of: path)
        guard let bytes = try read(path, limit: limit) else { throw CryptoError(.file, "\(path) went away") }
        return bytes
    }

    /// Replaces the file in one step: after a crash either the old or the new content is there.
    public static func replace(_ path: String, _ bytes: [UInt8]) throws(CryptoError) {
        let fresh = temporaryName(path)
        try create(fresh, bytes)
        guard rename(fresh, path) == 0 else {
            let cause = errno
            unlink(fresh)
            errno = cause
            throw failure("replace", path)
        }
        try syncFolder(of: path)
    }

    private static func temporaryName(_ path: String) -> String { "\(path).\(Hex.encode(Random.bytes(8)))" }

    private static func write(all bytes: [UInt8], to descriptor: CInt) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// A new name is durable once its folder is.
    private static func syncFolder(of path: String) throws(CryptoError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", folder) }
    }

    private static func failure(_ verb: String, _ path: String) -> CryptoError {
        CryptoError(.file, "can't \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
