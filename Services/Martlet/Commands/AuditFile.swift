import Glibc
import SQLite

/// The audit file that a command looks at, and the key that must have signed it.
struct AuditFile {
    static let options: [Option] = [
        .data,
        Option(name: "file", value: "FILE", meaning: "the audit file (default audit.db in --data)"),
        Option(
            name: "public-key",
            value: "FILE",
            meaning: "the public key that must have signed, as audit-signing.pub"
        ),
        Option(name: "key", value: "HEX", meaning: "the same key, as text"),
    ]

    let path: String
    /// Hex; nil when any key is accepted.
    let key: String?

    init(_ arguments: Arguments) throws(CommandError) {
        path = arguments.string("file") ?? arguments.data + "/audit.db"
        guard access(path, R_OK) == 0 else {
            throw CommandError(.usage, "\(path): \(String(cString: strerror(errno)))")
        }
        if let file = arguments.string("public-key") {
            key = try Self.key(in: file)
        } else {
            key = arguments.string("key")?.lowercased()
        }
    }

    private static func key(in path: String) throws(CommandError) -> String {
        guard let text = SmallFile.text(path) else {
            throw CommandError(.usage, "\(path): \(String(cString: strerror(errno)))")
        }
        let line = text.prefix { !$0.isNewline }
        guard line.utf8.count == 64, line.allSatisfy(\.isHexDigit) else {
            throw CommandError(.usage, "\(path) holds no public key: 64 hex digits are expected")
        }
        return line.lowercased()
    }

    /// Reads it, beside the service that may be writing.
    func read<T>(_ body: (Connection) throws -> T) throws(CommandError) -> T {
        do {
            return try body(Connection(path: path, mode: .readOnly))
        } catch {
            throw CommandError(.failed, "\(path): \(error)")
        }
    }
}
