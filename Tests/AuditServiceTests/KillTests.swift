import Audit
import Bus
import Foundation
import JSON
import Loop
import SQLite
import Service
import Support
import Synchronization
import Testing
import Wire

@testable import AuditService

/// An outbox and an audit service, each a process of its own, both killed at random times until every event has
/// arrived. `MARTLET_LONG=1` sends 50,000 events instead of as many as fit into a normal run.
@Suite(.timeLimit(.minutes(10)))
struct KillTests {
    private static let total = Length.pick(20_000, 50_000)
    /// How long each side lives, milliseconds: at most long enough for several batches.
    private static let life = 150...800

    @Test func everyEventArrivesOnceWhoeverIsKilled() async throws {
        let (folder, seed) = (Folder(), runSeed)
        try KeyRing.create(directory: folder.file("keys"))
        var random = SeededGenerator(seed: seed)
        let service = try Service(folder, address: "tcp://127.0.0.3:0")
        let address = try await service.ready()
        let isOver = Over()
        let killer = Task { [seed] in
            try await Self.killServices(folder, address, first: service, seed: seed &+ 1, until: isOver)
        }
        var senders = 0
        while try Self.arrived(folder) < Self.total {
            senders += 1
            try #require(senders < 2_000, "seed \(seed): no end in sight")
            let life = Int.random(in: Self.life, using: &random)
            let plan = Plan(folder: folder.path, address: address, total: Self.total, life: life, seed: random.next())
            await #expect(processExitsWith: .signal(SIGKILL)) { [plan = plan as Plan] in
                try await Sender.run(plan)
            }
        }
        isOver.flag.store(true, ordering: .relaxed)
        let services = try await killer.value
        report("kill -9: \(Self.total) events, \(senders) lives of the outbox, \(services) of the audit service")
        try Self.check(folder, seed)
    }

    /// Whether every event has arrived.
    private final class Over: Sendable { let flag = Atomic(false) }

    /// What one life of the sender is told.
    struct Plan: Codable, Sendable {
        let folder: String
        let address: String
        let total: Int
        let life: Int
        let seed: UInt64
    }

    /// Kills it and starts it anew at the same address until nobody needs it any more; the last one ends in order.
    private static func killServices(
        _ folder: Folder,
        _ address: String,
        first: Service,
        seed: UInt64,
        until isOver: Over
    ) async throws -> Int {
        var random = SeededGenerator(seed: seed)
        var service = first
        var lives = 1
        while !isOver.flag.load(ordering: .relaxed) {
            let end = Moment.now + .milliseconds(Int.random(in: life, using: &random))
            try await eventually("its time is over") { isOver.flag.load(ordering: .relaxed) || Moment.now >= end }
            guard !isOver.flag.load(ordering: .relaxed) else { break }
            service.kill()
            service = try Service(folder, address: address)
            _ = try await service.ready()
            lives += 1
        }
        try await service.end()
        return lives
    }

    /// What the service says of its own starts is not the sender's.
    private static let sent = "target_type <> 'service'"

    private static func arrived(_ folder: Folder) throws -> Int {
        let db = try Connection(path: folder.file("data/audit.db"), mode: .readOnly)
        return try db.int("SELECT count(*) FROM event WHERE \(sent)") ?? 0
    }

    /// Each event is there once and in order, and those whose commit the sender saw are the very ones.
    private static func check(_ folder: Folder, _ seed: UInt64) throws {
        let db = try Connection(path: folder.file("data/audit.db"), mode: .readOnly)
        let rows = try db.query("SELECT stream_seq, target_id, body FROM event WHERE \(sent) ORDER BY seq") { row in
            (number: row.int(0), target: row.text(1), body: row.blob(2))
        }
        #expect(rows.map(\.number) == Array(1...total), "seed \(seed): lost, doubled or out of order")
        #expect(rows.allSatisfy { $0.target == "c\($0.number)" }, "seed \(seed)")
        let ids = try rows.map { try AuditEvent(.init(parsing: $0.body)).id }
        #expect(Set(ids).count == total, "seed \(seed): an event is there twice")
        let journal = try String(contentsOfFile: folder.file("journal"), encoding: .utf8).split(separator: "\n")
        #expect(journal.count > total / 2)
        for line in journal {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let number = Int(parts[0]), number <= ids.count else { continue }
            #expect(ids[number - 1] == parts[1], "seed \(seed): event \(number) was acknowledged and is another now")
        }
        let result = try Verify.file(folder.file("data/audit.db"))
        #expect(result.isWhole && result.gaps == 0, "seed \(seed): \(result)")
    }

    /// The audit service as a process.
    private final class Service: @unchecked Sendable {
        // Made, used and ended by one task after the other.
        private let process = Process()
        private let output: String

        init(_ folder: Folder, address: String) throws {
            let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            process.executableURL = products.appendingPathComponent("audit-service")
            process.environment = [
                "MARTLET_DATA": folder.file("data"), "MARTLET_KEYS": folder.file("keys"), "MARTLET_AUDIT": address,
                "SWIFT_BACKTRACE": "enable=no",
            ]
            output = folder.file("service-\(UUID().uuidString)")
            _ = FileManager.default.createFile(atPath: output, contents: nil)
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
            process.standardOutput = file
            process.standardError = file
            try process.run()
        }

        /// Where it listens.
        func ready() async throws -> String {
            var address = ""
            try await eventually("the audit service is ready", within: .seconds(60)) {
                let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
                let line = text.split(separator: "\n").first { $0.hasPrefix("ready ") }
                address =
                    line?.split(separator: " ").first { $0.hasPrefix("audit=") }.map { String($0.dropFirst(6)) } ?? ""
                return !address.isEmpty
            }
            return address
        }

        func kill() {
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }

        func end() async throws {
            process.terminate()
            try await eventually("the audit service ends", within: .seconds(30)) { !self.process.isRunning }
        }
    }

    /// Records events and ships them, in a process that is killed when its time is over, or when all have arrived.
    @BusLoop
    enum Sender {
        static func run(_ plan: Plan) async throws {
            BusLoop.after(.milliseconds(plan.life)) { kill(getpid(), SIGKILL) }
            var random = SeededGenerator(seed: plan.seed)
            let outbox = try await Outbox.spool(file: plan.folder + "/outbox.db")
            let identity = Identity(service: "gateway", instance: "g")
            let link = Link(
                name: "audit",
                to: plan.address,
                serverRole: .auditService,
                keys: try KeyRing.load(directory: plan.folder + "/keys", role: .gateway),
                source: identity.source,
                hello: { identity.hello(.gateway) }
            )
            let shipper = try await outbox.ship(over: link)
            try link.start()
            var last = try await outbox.store.read { try $0.int("SELECT seq FROM sqlite_sequence") } ?? 0
            let journal = open(plan.folder + "/journal", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            while last < plan.total {
                let upto = min(plan.total, last + Int.random(in: 1...100, using: &random))
                let events = (last + 1...upto).map { Trail.event($0) }
                try await outbox.store.write { db in
                    for event in events { try outbox.append(event, in: db) }
                }
                // Only now: what stands here was told to be on the disk.
                let lines = zip(last + 1...upto, events).map { "\($0) \($1.id)\n" }.joined()
                _ = lines.withCString { write(journal, $0, strlen($0)) }
                last = upto
            }
            _ = await shipper.flush(within: .seconds(60))
            kill(getpid(), SIGKILL)
        }
    }
}
