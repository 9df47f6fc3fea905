import Glibc

/// The variables that this process was started with.
public enum Environment {
    /// All of them; of a name that stands there twice the first counts, as for getenv(3).
    public static var all: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, result[String(parts[0])] == nil { result[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return result
    }
}
