import Glibc
import Loop
import SQLite

/// The same events put into SQLite with nothing around them: what the audit service is measured against.
struct PlainInserts {
    /// What the table has.
    enum Shape: String, CaseIterable {
        /// A number and the bytes.
        case bare = "SQLite, a bare table"
        /// The columns and indexes of the audit trail, without hashes.
        case indexed = "SQLite, the trail's columns and indexes"
    }

    private static let batch = 128

    private let connection: Connection
    private let shape: Shape
    private var count: Int64 = 0

    /// A new file, durable as every one of Martlet's: WAL, `synchronous=FULL`.
    init(_ shape: Shape, path: String) throws {
        self.shape = shape
        connection = try Connection(path: path)
        switch shape {
        case .bare: try connection.execute("CREATE TABLE event(seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        case .indexed:
            try connection.execute(
                """
                CREATE TABLE event(
                    seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL, stream_seq INTEGER NOT NULL,
                    skipped INTEGER NOT NULL, at INTEGER NOT NULL, event_type TEXT NOT NULL, actor TEXT NOT NULL,
                    target_type TEXT NOT NULL, target_id TEXT NOT NULL,
                    salt BLOB NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL
                );
                CREATE UNIQUE INDEX event_once ON event(stream, stream_seq);
                CREATE INDEX event_by_type ON event(event_type, seq);
                CREATE INDEX event_by_actor ON event(actor, seq);
                CREATE INDEX event_by_target ON event(target_id, seq);
                CREATE INDEX event_by_time ON event(at)
                """
            )
        }
    }

    /// Inserts that many events, 128 in a transaction, and gives the time that it took.
    mutating func append(_ events: Int, of samples: [[UInt8]]) throws -> Duration {
        let start = Moment.now
        var rest = events
        while rest > 0 {
            let size = min(rest, Self.batch)
            try connection.transaction {
                for _ in 0..<size {
                    count += 1
                    try insert(samples[Int(count) % samples.count])
                }
            }
            rest -= size
        }
        return Moment.now - start
    }

    private func insert(_ body: [UInt8]) throws {
        guard shape == .indexed else {
            try connection.run("INSERT INTO event VALUES(?, ?)", count, body)
            return
        }
        try connection.run(
            "INSERT INTO event VALUES(?, 1, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)",
            count,
            count,
            count,
            count % 3 == 0 ? "connector.created" : "image.succeeded",
            "usr_01K0000000000000000000000\(count % 10)",
            "image",
            "img_\(count)",
            Self.salt,
            body,
            Self.hash
        )
    }

    private static let salt = [UInt8](repeating: 1, count: 16)
    private static let hash = [UInt8](repeating: 2, count: 32)
}
