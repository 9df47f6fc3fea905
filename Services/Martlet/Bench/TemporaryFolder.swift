import Glibc
import Service

/// A folder that lives as long as one command.
enum TemporaryFolder {
    static func make() throws(CommandError) -> String {
        // Where the system keeps what is temporary, unless TMPDIR says otherwise (POSIX).
        var template = Array("\(Environment["TMPDIR"] ?? "/tmp")/martlet-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CommandError(.failed, "mkdtemp: errno \(errno)") }
        return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes it and all that is in it; links are removed, never followed.
    static func remove(_ path: String) {
        for name in FolderListing.names(path) {
            let entry = "\(path)/\(name)"
            if unlink(entry) != 0, errno == EISDIR || errno == EPERM { remove(entry) }
        }
        rmdir(path)
    }
}

/// The names in a folder.
enum FolderListing {
    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
