import Audit
import Crypto
import JSON
import Loop
import SQLite
import Support
import Synchronization
import Wire

@testable import AuditService

/// An audit file of a test's own, with a store on it whose clock stands still.
struct Trail: Sendable {
    static let now: Int64 = 1_795_225_651_000_000
    let folder = Folder()
    let key = SigningKey.generate()
    let store: AuditStore
    var path: String { folder.file("audit.db") }

    init() async throws {
        let commit = try await AuditStore.open(folder.file("audit.db"))
        store = AuditStore(store: commit, signing: key, clock: { Trail.now })
    }

    static func event(
        _ number: Int,
        _ auditClass: AuditClass = .security,
        type: String = "connector.created",
        actor: String = "user-1",
        at: Int64 = Trail.now,
        data: JSONValue? = nil
    ) -> AuditEvent {
        AuditEvent(
            id: ULID.next().description,
            at: at,
            auditClass: auditClass,
            eventType: type,
            actor: actor,
            targetType: "connector",
            targetID: "c\(number)",
            targetName: "my connector",
            notes: "number \(number)",
            data: data
        )
    }

    static func batch(_ numbers: ClosedRange<Int>, stream: String = "s") -> AuditAppend {
        AuditAppend(stream: stream, first: UInt64(numbers.lowerBound), events: numbers.map { event($0) })
    }

    /// Changes the file behind the service's back.
    func tamper(_ script: String) throws {
        let db = try Connection(path: path)
        try db.execute(
            """
            DROP TRIGGER IF EXISTS event_no_update; DROP TRIGGER IF EXISTS event_no_delete;
            DROP TRIGGER IF EXISTS checkpoint_no_update; DROP TRIGGER IF EXISTS checkpoint_no_delete; \(script)
            """
        )
    }
}

extension AuditStore {
    /// As the gateway.
    func append(_ batch: AuditAppend) async throws -> Taken { try await append(batch, from: .gateway) }

    /// As the gateway.
    func record(_ gap: AuditGap) async throws -> Taken { try await record(gap, from: .gateway) }
}
