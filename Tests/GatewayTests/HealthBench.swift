import Crypto
import HTTP
import Loop
import Providers
import SQLite
import Service
import Support
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Lines in the order in which they came.
final class Notebook: Sendable {
    private let all = Mutex<[String]>([])
    private let isFull = Mutex(false)

    var lines: [String] { all.withLock { $0 } }

    /// Takes nothing more from now on, as a disk that is full.
    func fill() { isFull.withLock { $0 = true } }

    func add(_ line: String) throws {
        guard !isFull.withLock({ $0 }) else { throw GatewayError.trailFull }
        all.withLock { $0.append(line) }
    }
}

/// A gateway's store with one connector of Ada's, a provider that answers as it is told, and a mail server.
final class HealthBench: Sendable {
    let folder = Folder()
    let commit: GroupCommit
    let connectors: ConnectorRegister
    let ledger: HealthLedger
    let events = Notebook()
    let mailbox: Mailbox
    /// The statuses of the provider's next answers; 200 once they are used up.
    let answers = Mutex<[Int]>([])
    let calls = Mutex((count: 0, atOnce: 0, most: 0))
    @NetLoop private(set) var upstream: Upstream?
    @NetLoop private var provider: Listener?

    init(mail: Bool = true) async throws {
        let path = folder.file("gateway.db")
        commit = try await Self.open(path)
        connectors = await ConnectorRegister()
        mailbox = try Mailbox()
        let events = events
        ledger = HealthLedger(
            connectors: connectors,
            commit: commit,
            store: ConnectorStore(vault: try Vault(file: folder.file("vault.key"))),
            audit: AuditTrail(append: { event, _ in
                try events.add(String(decoding: event.bytes, as: UTF8.self))
                return nil
            }),
            notices: Notices(postman: mail ? Self.postman(mailbox, commit) : nil)
        )
        try await serve()
        let connector = Connector(
            id: "con_1",
            owner: .user("ada"),
            displayName: "work",
            config: ConnectorConfig(type: "openai_apikey", credentials: ["api_key": "sk-canary-0123456789abcdef"]),
            createdAt: 1
        )
        try await commit.write { [store = ledger.store] db in
            let ada = UserStore.User(id: "ada", name: "Ada", role: .user, email: "ada@example.org", createdAt: 1)
            let root = UserStore.User(id: "root", name: "Root", role: .admin, email: "root@example.org", createdAt: 1)
            try UserStore.insert(ada, in: db)
            try UserStore.insert(root, in: db)
            try store.insert(connector, in: db)
        }
        await connectors.put(connector)
    }

    /// One that tries again soon.
    static func postman(_ mailbox: Mailbox, _ commit: GroupCommit) -> Postman? {
        let pace = Postman.Pace(first: .milliseconds(2), limit: .milliseconds(20))
        return Mailer(url: mailbox.url).map { Postman(mailer: $0, commit: commit, pace: pace) }
    }

    @StoreLoop
    static func open(_ path: String) throws -> GroupCommit {
        let connection = try Connection(path: path)
        _ = try Schema.migrations.apply(to: connection)
        return GroupCommit(connection)
    }

    @NetLoop
    private func serve() throws {
        let listener = try Listener(address: "127.0.0.1:0") { [self] exchange in await answer(exchange) }
        provider = listener
        let address = "http://127.0.0.1:\(listener.port)"
        upstream = Upstream(registry: .standard, client: Client(), addresses: ["openai_apikey": address])
    }

    @NetLoop
    private func answer(_ exchange: Exchange) async {
        calls.withLock {
            $0.count += 1
            $0.atOnce += 1
            $0.most = max($0.most, $0.atOnce)
        }
        await withCheckedContinuation { continuation in
            _ = NetLoop.after(.milliseconds(20)) { continuation.resume() }
        }
        calls.withLock { $0.atOnce -= 1 }
        let status = answers.withLock { $0.isEmpty ? 200 : $0.removeFirst() }
        let body = status == 200 ? #"{"object":"list","data":[{"id":"m"}]}"# : #"{"error":{"message":"no"}}"#
        exchange.respond(status, [("content-type", "application/json")], Array(body.utf8))
    }

    /// The Test button's course, with that answer of the monitor's.
    @NetLoop
    func tester(_ answer: HealthDesk.Answer = .away, paid: Set<String> = []) throws -> ConnectorTest {
        let tester = ConnectorTest(
            upstream: try #require(upstream),
            ledger: ledger,
            paidChecks: paidChecks(of: paid),
            pause: .milliseconds(1)
        )
        tester.ask = { _, _ in answer }
        return tester
    }

    /// Checks that cost nothing, or as many as a day has.
    func paidChecks(of paid: Set<String> = []) -> PaidChecks {
        PaidChecks(connectors: connectors, commit: commit) { paid.contains($0) }
    }

    var connector: Connector {
        get async throws { try #require(await connectors.all["con_1"]) }
    }

    var stored: Connector {
        get async throws {
            let store = ledger.store
            let all = try await commit.read { db in try store.all(in: db) }
            return try #require(all.first)
        }
    }

    func hasEvent(_ type: String) -> Int { events.lines.count { $0.contains(#""\#(type)""#) } }
}
