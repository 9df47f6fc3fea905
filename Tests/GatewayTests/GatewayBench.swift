import Audit
import Bus
import Crypto
import HTTP
import JSON
import Loop
import Providers
import SQLite
import Service
import Support
import Testing
import Wire

@testable import Gateway

/// A whole gateway in this process, spoken to over HTTP: no worker, no monitor, and no audit service that would empty
/// its outbox.
final class GatewayBench: Sendable {
    static let adminKey = "sk-mt-bench-0123456789abcdef"
    let folder = Folder()
    let store: Store
    let gateway: Gateway
    let cluster: Cluster
    let routes: [RouteTable.Route]
    @NetLoop private static let client = Client()

    /// - Parameter outboxLimit: events that fit into the outbox.
    init(outboxLimit: Int = 10_000) async throws {
        let environment = [
            "MARTLET_DATA": folder.path, "MARTLET_HTTP": "127.0.0.1:0", "MARTLET_ADMIN_KEY": Self.adminKey,
            "MARTLET_JOBS": "tcp://127.0.0.1:0", "MARTLET_CONTROL": "tcp://127.0.0.1:0",
            "MARTLET_AUDIT": "tcp://127.0.0.1:1", "MARTLET_TAP_IN": "tcp://127.0.0.1:1",
            "OPENAI_API_KEY": "sk-canary-house-0123456789abcdef",
            "MARTLET_UPSTREAM_OPENAI_APIKEY": "http://127.0.0.1:1",
        ]
        let context = LaunchContext(
            settings: try Settings(environment: environment),
            identity: Identity(service: "gateway", instance: "bench")
        )
        let opened = try await Store.open(folder: folder.path, ballast: 0, events: 200_000)
        let outbox = try await Outbox.open(opened.commit, limit: outboxLimit)
        store = Store(
            commit: opened.commit,
            outbox: outbox,
            audit: AuditTrail(append: { try outbox.append($0, in: $1) }),
            connectors: opened.connectors,
            files: opened.files,
            ballast: opened.ballast,
            urlSecret: opened.urlSecret
        )
        gateway = await Gateway(settings: context.settings, store: store, notices: Notices(postman: nil))
        cluster = try await Cluster(
            context: context,
            keys: KeyRing.inMemory()[.gateway] ?? context.loadKeys(of: .gateway),
            store: store,
            feed: gateway.feed,
            ledger: gateway.ledger,
            paidChecks: gateway.paidChecks,
            prices: .standard
        )
        try await gateway.start(cluster)
        routes = await Self.routes(gateway, cluster)
    }

    @NetLoop
    private static func routes(_ gateway: Gateway, _ cluster: Cluster) -> [RouteTable.Route] {
        let store = gateway.store
        let pictures = PictureHandler(
            commit: store.commit,
            files: store.files,
            admission: gateway.admission,
            secret: store.urlSecret
        )
        return gateway.routes(cluster, pictures, gateway.statusHandler(cluster)).all
    }

    func stop() async {
        await gateway.close()
        await cluster.stop()
    }

    struct Answer: Sendable {
        let status: Int
        let headers: Fields
        let text: String
        let json: JSONValue

        var receipts: [String] {
            headers["x-martlet-receipt"]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
        }
    }

    /// One call. A stream of events is left once it has begun, unless it is to be read.
    @NetLoop
    func call(
        _ method: String,
        _ path: String,
        _ body: String = "",
        key: String? = adminKey,
        headers: [(String, String)] = [],
        readsStreams: Bool = false
    ) async throws -> Answer {
        let request = ClientRequest(
            method: method,
            url: "http://\(gateway.address)\(path)",
            headers: (key.map { [("authorization", "Bearer \($0)")] } ?? []) + headers,
            body: Array(body.utf8),
            timeouts: .init(total: .seconds(20))
        )
        let transfer = Self.client.start(request)
        let head = try await transfer.head()
        let isLeft = head.headers["content-type"]?.hasPrefix("text/event-stream") == true && !readsStreams
        let bytes = isLeft ? [] : try await transfer.body(limit: 4 << 20)
        if isLeft { transfer.cancel() }
        return Answer(
            status: head.status,
            headers: head.headers,
            text: String(decoding: bytes, as: UTF8.self),
            json: (try? JSONValue(parsing: bytes)) ?? .null
        )
    }

    /// The events of a stream, once it has ended.
    @NetLoop
    func stream(_ path: String, key: String = adminKey, last: Int? = nil) async throws -> [SeenEvent] {
        let transfer = Self.client.start(streamRequest(path, key: key, last: last))
        let head = try await transfer.head()
        try #require(head.status == 200 && head.headers["content-type"] == "text/event-stream")
        return SeenEvent.all(in: String(decoding: try await transfer.body(limit: 4 << 20), as: UTF8.self))
    }

    /// Opens a stream, and leaves it when that has been done.
    @NetLoop
    func openAndLeave(_ path: String, _ body: () async throws -> Void) async throws {
        let transfer = Self.client.start(streamRequest(path, key: Self.adminKey, last: nil))
        _ = try await transfer.head()
        try await body()
        transfer.cancel()
    }

    @NetLoop
    private func streamRequest(_ path: String, key: String, last: Int?) -> ClientRequest {
        ClientRequest(
            method: "GET",
            url: "http://\(gateway.address)\(path)",
            headers: [("authorization", "Bearer \(key)")] + (last.map { [("last-event-id", String($0))] } ?? []),
            timeouts: .init(total: .seconds(30))
        )
    }

    /// What a change answers; a failure ends the test.
    @discardableResult
    func change(_ method: String, _ path: String, _ body: String = "", key: String = adminKey) async throws -> JSONValue
    {
        let answer = try await call(method, path, body, key: key)
        try #require(answer.status < 300, "\(method) \(path): \(answer.status) \(answer.json)")
        return answer.json
    }

    /// What a browser has after it has signed in.
    struct Browser: Sendable {
        let cookie: String
        let csrf: String

        var headers: [(String, String)] { [("cookie", cookie), ("x-martlet-csrf", csrf)] }
    }

    func signIn(_ key: String = adminKey) async throws -> Browser {
        let answer = try await call("POST", "/api/session", key: key)
        try #require(answer.status == 201, "\(answer.json)")
        let cookie = try #require(answer.headers["set-cookie"]?.split(separator: ";").first)
        return Browser(cookie: String(cookie), csrf: try #require(answer.json["csrf"]?.string))
    }

    /// An event as it waits in the outbox.
    struct Event: Sendable {
        let seq: Int
        let bytes: [UInt8]
        let json: JSONValue

        func text(_ name: String) -> String { json[name]?.string ?? "" }
    }

    /// What waits in the outbox behind a number.
    func events(after seq: Int = 0) async throws -> [Event] {
        try await store.commit.read { db in
            try db.query("SELECT seq, body FROM outbox WHERE seq > ? ORDER BY seq", seq) { row in
                Event(seq: row.int(0), bytes: row.blob(1), json: (try? JSONValue(parsing: row.blob(1))) ?? .null)
            }
        }
    }

    /// Fills the outbox, until nothing more fits.
    func fillOutbox() async throws {
        let subject = AuditTrail.Subject(type: "test", id: "t", name: "")
        for _ in 0..<100_000 {
            do {
                try await store.commit.write { [audit = store.audit] db in
                    for _ in 0..<50 { try audit.record("test.filler", by: "gateway", on: subject, in: db) }
                }
            } catch { break }
        }
        for _ in 0..<50 {
            do {
                try await store.commit.write { [audit = store.audit] db in
                    try audit.record("test.filler", by: "gateway", on: subject, in: db)
                }
            } catch { return }
        }
    }

    /// Shows the witness a trail that is shorter than before, and gives its head.
    func restoreTrail() async throws -> String {
        let key = SigningKey.generate()
        for count in [20, 5] as [UInt64] {
            let chain = Chain(count: count, head: [UInt8](repeating: UInt8(count), count: 32))
            try await cluster.witness.keep(Checkpoint(chain, at: 1, previous: [], signedBy: key))
        }
        return Hex.encode([UInt8](repeating: 5, count: 32))
    }

    /// All that callers can change, as text.
    func state() async throws -> [String] {
        try await store.commit.read { db in
            try [
                "SELECT id || name || role || ifnull(email, '') FROM users ORDER BY id",
                "SELECT id || user || hex(hash) FROM keys ORDER BY id",
                """
                SELECT id || display_name || ifnull(model_hint, '') || hex(credentials) || status || is_default
                    || image_concurrency || revision FROM connectors ORDER BY id
                """,
                "SELECT user || feature || connector FROM pins ORDER BY user, feature",
                "SELECT allows_keys || allows_addresses || retention_days FROM policy",
                "SELECT id || ifnull(finished_at, '') FROM image_jobs ORDER BY id",
                "SELECT id || state || cancel_requested FROM images ORDER BY id",
                "SELECT job || seq || name FROM job_events ORDER BY job, seq",
                "SELECT count || hex(head) FROM audit_checkpoint ORDER BY count",
                "SELECT count || hex(head) FROM audit_conflict",
                "SELECT ifnull(owner, '') || hex(settings) FROM image_settings ORDER BY ifnull(owner, '')",
                "SELECT ifnull(owner, '') || name || text FROM image_templates ORDER BY ifnull(owner, ''), name",
            ].flatMap { try db.query($0) { $0.text(0) } }
        }
    }
}
