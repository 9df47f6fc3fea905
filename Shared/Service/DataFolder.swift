import Glibc

/// The folder of a service's files, and the lock that keeps a second process out.
public enum DataFolder {
    /// Makes the folder, with its parents and mode 0700, when there is none.
    public static func make(_ path: String) throws(LaunchError) {
        var current = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            current += (current.isEmpty || current == "/" ? "" : "/") + part
            if mkdir(current, 0o700) != 0, errno != EEXIST {
                throw .configuration("can't make the folder \(current): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Locks `<folder>/<name>.lock` for as long as this process lives; a `kill -9` lets go of it too.
    ///
    /// Throws `.configuration` (exit code 78) when another process holds it.
    public static func lock(_ folder: String, _ name: String) throws(LaunchError) {
        guard try claim(folder, name) else { throw .configuration("another \(name) uses \(folder)") }
    }

    /// As ``lock(_:_:)``, but false when another process holds it.
    public static func claim(_ folder: String, _ name: String) throws(LaunchError) -> Bool {
        try make(folder)
        let path = "\(folder)/\(name).lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .configuration("can't open \(path): \(String(cString: strerror(errno)))")
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        close(descriptor)
        return false
    }
}
