import Glibc

/// A folder of a test's own, gone with all that it holds when the test lets go of it.
///
/// With `MARTLET_KEEP_FOLDERS` in the environment it stays, for a look at the logs of a test that failed.
public final class Folder: Sendable {
    /// Where it is, without a slash at the end.
    public let path: String

    /// Makes a folder under `TMPDIR`, or `/tmp`.
    public init() {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/martlet-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, let made = mkdtemp(base) else {
                fatalError("no temporary folder: errno \(errno)")
            }
            return String(cString: made)
        }
    }

    /// The path of a name in the folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        if getenv("MARTLET_KEEP_FOLDERS") == nil { Self.remove(path) }
    }

    private static func remove(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name == "." || name == ".." { continue }
                if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
