import Crypto
import Glibc
import Loop

/// Pictures on disk, each named by the SHA-256 of its bytes, so that the same picture lies there once.
///
/// A file appears under its name only when all of it is on disk: written beside, synced, renamed, and the folder synced.
struct ImageFiles: Sendable {
    let directory: String
    /// Gives way to pictures, which belong to images that were accepted.
    var ballast: Ballast?

    private func folder(_ hash: String) -> String { "\(directory)/\(hash.prefix(2))" }

    private func path(_ hash: String) -> String { "\(folder(hash))/\(hash)" }

    /// Puts a picture there, unless it is; `storage_full` when there is no room.
    @StoreLoop
    func save(_ bytes: [UInt8], sha256: String) throws(GatewayError) {
        do {
            try put(bytes, sha256)
        } catch  where error.code == .storageFull && ballast?.release() == true {
            try put(bytes, sha256)
        }
    }

    @StoreLoop
    private func put(_ bytes: [UInt8], _ sha256: String) throws(GatewayError) {
        guard sha256.utf8.count == 64, access(path(sha256), F_OK) != 0 else { return }
        mkdir(directory, 0o700)
        mkdir(folder(sha256), 0o700)
        let draft = path(sha256) + ".part"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure() }
        let isWritten = Self.writeAll(bytes, to: file) && fsync(file) == 0
        let failure = Self.failure()
        close(file)
        guard isWritten, rename(draft, path(sha256)) == 0 else {
            unlink(draft)
            throw failure
        }
        Self.syncFolder(folder(sha256))
    }

    /// A picture's bytes, or nil when it isn't there.
    @StoreLoop
    func load(sha256: String) -> [UInt8]? {
        guard sha256.utf8.count == 64 else { return nil }
        let file = open(path(sha256), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size <= 64 << 20 else { return nil }
        let size = Int(status.st_size)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = read(file, buffer.baseAddress?.advanced(by: count), size - count)
                if got <= 0 { break }
                count += got
            }
        }
    }

    private static func writeAll(_ bytes: [UInt8], to file: CInt) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = write(file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return false }
                done += count
            }
            return true
        }
    }

    private static func syncFolder(_ path: String) {
        let file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }

    private static func failure() -> GatewayError {
        errno == ENOSPC || errno == EDQUOT
            ? .diskFull : GatewayError(.unexpected, "A picture could not be written (errno \(errno)).")
    }
}
