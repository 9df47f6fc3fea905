import Audit
import Crypto
import Glibc
import JSON
import SQLite
import Wire

/// Checkpoints that were kept elsewhere than in the audit file.
enum KeptCheckpoints {
    /// Those of a file of JSON lines, as `martlet audit checkpoint` prints them.
    static func lines(of path: String) throws(CommandError) -> [Checkpoint] {
        guard let bytes = SmallFile.bytes(path) else {
            throw CommandError(.usage, "\(path): \(String(cString: strerror(errno)))")
        }
        do {
            return try bytes.split(separator: UInt8(ascii: "\n")).map { line in
                let body = try AuditCheckpoint(JSONValue(parsing: Array(line)))
                return try Checkpoint(
                    count: body.count,
                    head: body.head,
                    at: body.at,
                    previous: body.previous,
                    signature: body.signature,
                    key: body.key
                )
            }
        } catch {
            throw CommandError(.usage, "\(path) holds no checkpoints: \(error)")
        }
    }

    /// Those that a gateway was sent, and the head that came with its last acknowledgement.
    static func gateway(_ path: String) throws(CommandError) -> (checkpoints: [Checkpoint], heads: Set<String>) {
        guard access(path, R_OK) == 0 else {
            throw CommandError(.usage, "\(path): \(String(cString: strerror(errno)))")
        }
        do {
            let db = try Connection(path: path, mode: .readOnly)
            let checkpoints = try db.query(
                "SELECT count, head, at, previous, signature, key FROM audit_checkpoint ORDER BY count"
            ) { Checkpoint($0) }
            let head = try db.text("SELECT value FROM outbox_meta WHERE name = 'head'")
            return (checkpoints, Set([head].compactMap { $0 }))
        } catch {
            throw CommandError(.failed, "\(path): \(error)")
        }
    }

    static func json(_ checkpoint: Checkpoint) -> JSONValue {
        [
            "count": .string(String(checkpoint.count)), "head": .string(Hex.encode(checkpoint.head)),
            "at": JSONValue(checkpoint.at), "previous": .string(Hex.encode(checkpoint.previous)),
            "signature": .string(Hex.encode(checkpoint.signature)), "key": .string(Hex.encode(checkpoint.key)),
        ]
    }
}
