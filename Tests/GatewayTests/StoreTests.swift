import Crypto
import Foundation
import JSON
import Loop
import Providers
import SQLite
import Service
import Support
import Testing
import Wire

@testable import Gateway

/// The store's parts on a real database.
@Suite(.timeLimit(.minutes(1)))
@StoreLoop
struct StoreTests {
    let folder = Folder()
    let audit = AuditTrail(append: { _, _ in nil })

    private func database() throws -> Connection {
        let db = try Connection(path: folder.file("gateway.db"))
        _ = try Schema.migrations.apply(to: db)
        return db
    }

    private func connector(_ name: String, key: String = "sk-canary-7f3a9c") -> Connector {
        Connector(
            id: Identifier.make("con"),
            owner: .organisation,
            displayName: name,
            config: ConnectorConfig(type: "openai_apikey", credentials: ["api_key": key]),
            createdAt: 1
        )
    }

    private func job(_ count: Int, key: String? = nil, body: String = "body") -> NewJob {
        NewJob(
            id: Identifier.make("job"),
            owner: "ada",
            idempotencyKey: key,
            bodyHash: Digest.sha256(body),
            connector: connector("c"),
            skipped: [],
            images: (0..<count).map { index in
                NewImage(
                    id: Identifier.make("img"),
                    title: "t\(index)",
                    kind: .featured,
                    spec: ImageSpec(model: "m", prompt: "p")
                )
            }
        )
    }

    @Test func credentialsAreSealedAtRestAndOpenOnlyInTheirOwnRow() throws {
        let db = try database()
        let store = ConnectorStore(vault: try Vault(file: folder.file("vault.key")))
        let (one, two) = (connector("one"), connector("two", key: "sk-canary-other"))
        try db.transaction {
            try store.insert(one, in: db)
            try store.insert(two, in: db)
        }
        #expect(
            try store.all(in: db).map { $0.config.credentials["api_key"] } == ["sk-canary-7f3a9c", "sk-canary-other"]
        )
        try db.run(
            "UPDATE connectors SET credentials = (SELECT credentials FROM connectors WHERE id = ?) WHERE id = ?",
            one.id,
            two.id
        )
        let swapped = try #require(try store.all(in: db).first { $0.id == two.id })
        #expect(swapped.config.credentials.isEmpty)
        #expect(swapped.status == .authInvalid)
        try db.checkpoint()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
            #expect(bytes.range(of: Data("canary".utf8)) == nil, "\(name) holds a secret in the clear")
        }
    }

    @Test func theSameIdempotencyKeyIsTheSameJobAndAnotherBodyAMismatch() throws {
        let db = try database()
        let store = JobStore(audit: audit)
        let first = job(1, key: "k")
        guard case .accepted = try db.transaction({ try store.insert(first, in: db) }) else {
            Issue.record("not accepted")
            return
        }
        guard case .known(first.id) = try db.transaction({ try store.insert(job(1, key: "k"), in: db) }) else {
            Issue.record("not known")
            return
        }
        guard case .mismatch = try db.transaction({ try store.insert(job(1, key: "k", body: "other"), in: db) }) else {
            Issue.record("no mismatch")
            return
        }
    }

    @Test func aJobEndsWithItsLastImageAndItsEventsAreNumberedByOne() throws {
        let db = try database()
        let store = JobStore(audit: audit)
        let job = job(2)
        _ = try db.transaction { try store.insert(job, in: db) }
        let worker = JobBoard.WorkerID(instance: "w", boot: "b")
        func apply(_ image: Int, _ kind: JobBoard.Change.Kind, _ delivery: JobStore.Delivery? = nil) throws
            -> [JobEvent]
        {
            let change = JobBoard.Change(
                unit: job.images[image].id,
                job: job.id,
                kind: kind,
                worker: worker,
                lease: "1-x"
            )
            return try db.transaction { try store.apply(change, delivery: delivery, in: db) }
        }
        _ = try apply(0, .leased(attempt: 1))
        #expect(try apply(0, .checkpoint(.submitting)).map(\.name) == ["image_attempt"])
        #expect(try apply(0, .checkpoint(.submitting)).isEmpty, "a repeated checkpoint is one submission")
        #expect(try db.int("SELECT submissions FROM images WHERE id = ?", job.images[0].id) == 1)
        let open = try JobStore.open(in: db)
        #expect(open.count == 2)
        #expect(open.first?.checkpoint == .submitting)
        let picture = JobOutput(name: "original", sha256: "00", type: "image/webp", width: 1, height: 1, bytes: 1)
        let delivery = JobStore.Delivery(original: picture, thumb: nil, costUSD: 0.5)
        #expect(try apply(0, .done, delivery).map(\.name) == ["image"])
        #expect(try apply(0, .done, delivery).isEmpty, "a second end changes nothing")
        #expect(try apply(1, .failed(.init(code: "timeout", message: "late"))).map(\.name) == ["image_failed", "done"])
        let numbers = try JobStore.events(of: job.id, after: 0, in: db).map(\.number)
        #expect(numbers == Array(1...6))
        let row = try #require(try JobStore.job(job.id, in: db))
        #expect(row.status == "partial")
        #expect(try JobStore.open(in: db).isEmpty)
    }

    @Test func aFullDiskRefusesAJobWithATypedErrorAndKeepsWhatWasAccepted() throws {
        let db = try database()
        let store = JobStore(audit: audit)
        let accepted = job(1)
        _ = try db.transaction { try store.insert(accepted, in: db) }
        let pages = try db.int("PRAGMA page_count") ?? 0
        _ = try db.int("PRAGMA max_page_count = \(pages + 2)")
        let failure = #expect(throws: SQLiteError.self) {
            try db.transaction { _ = try store.insert(job(200), in: db) }
        }
        let told = GatewayError(store: try #require(failure))
        #expect(told.code == .storageFull)
        #expect(told.status == 503)
        #expect(told.retryAfter != nil)
        _ = try db.int("PRAGMA max_page_count = 1000000")
        #expect(try JobStore.open(in: db).map(\.id) == accepted.images.map(\.id))
        _ = try db.transaction { try store.insert(job(200), in: db) }
    }

    @Test func aPictureLiesUnderItsHashOnceAndIsReadBack() throws {
        let files = ImageFiles(directory: folder.file("images"))
        let bytes = Random.bytes(100_000)
        let hash = Hex.encode(Digest.sha256(bytes))
        try files.save(bytes, sha256: hash)
        try files.save(bytes, sha256: hash)
        #expect(files.load(sha256: hash) == bytes)
        #expect(files.load(sha256: String(repeating: "0", count: 64)) == nil)
        #expect(files.load(sha256: "../../etc/passwd") == nil)
    }
}
