import Crypto
import Glibc
import Wire

/// The file system under the spool.
extension Spool {
    /// A file name made from the key: what the gateway sends never becomes a path.
    static func name(_ key: JobKey) -> String {
        let text = "\(key.job)\n\(key.lease)"
        return Hex.encode(Digest.sha256(text).prefix(16)) + ".mtl"
    }

    static func failed(_ what: String, _ path: String) -> Problem {
        let reason = String(cString: strerror(errno))
        let code = errno == ENOSPC || errno == EDQUOT ? "full" : "io"
        return Problem(code: code, description: "\(what) of \(path): \(reason)")
    }

    static func makeFolder(_ path: String) throws(Problem) {
        var current = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            current += (current.isEmpty || current == "/" ? "" : "/") + part
            if mkdir(current, 0o700) != 0, errno != EEXIST { throw failed("mkdir", current) }
        }
    }

    /// The descriptor that holds the folder's lock; nil when another process has it or there is no such folder.
    static func lock(_ path: String) -> CInt? {
        let descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        Glibc.close(descriptor)
        return nil
    }

    /// Lets go of a folder's lock. Closing alone would leave it to a child that is being started and has a copy of the
    /// descriptor until it has become another program.
    static func unlock(_ descriptor: CInt) {
        flock(descriptor, LOCK_UN)
        Glibc.close(descriptor)
    }

    /// The names in a folder, sorted; none when it can't be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Writes and syncs a file.
    static func write(_ bytes: [UInt8], to path: String) throws(Problem) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failed("open", path) }
        defer { Glibc.close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failed("write", path) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failed("fsync", path) }
    }

    /// The message in a file when it is whole: lengths, JSON and each attachment's hash.
    static func read(_ path: String) -> Message? {
        guard let bytes = contents(path) else { return nil }
        var reader = RecordingReader(unknownKinds: .refused)
        reader.append(bytes)
        guard let message = try? reader.next(), reader.unread == 0 else { return nil }
        let isWhole = zip(message.attachments, message.header.attachments).allSatisfy { bytes, described in
            Hex.encode(Digest.sha256(bytes)) == described.sha256
        }
        return isWhole ? message : nil
    }

    /// A result is one message: 33 MiB and a little at most.
    private static let longest = 40 << 20

    private static func contents(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size > 0, size <= longest, lseek(descriptor, 0, SEEK_SET) == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), size - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }

    /// Makes the names in a folder durable.
    static func sync(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        Glibc.close(descriptor)
    }
}
