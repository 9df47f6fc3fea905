import Audit
import Crypto
import JSON
import Loop
import SQLite
import Service
import Support
import Testing
import Wire

@testable import AuditService

/// Outbox and audit service as machines, with everything between them that can be lost.
@Suite(.timeLimit(.minutes(1)))
struct ShippingTests {
    private struct World {
        var random: SeededGenerator
        let store: AuditStore
        let db: Connection
        var machine = OutboxMachine(acknowledged: 0, tail: 0)
        /// The sender's table: the events that it has not deleted, by number.
        var table: [UInt64: AuditEvent] = [:]
        var tail: UInt64 = 0
        var now = Moment(nanoseconds: 0)
        var toAuditor: [AuditAppend] = []
        var toSender: [AuditAppended] = []

        mutating func perform(_ actions: [OutboxMachine.Action]) {
            for action in actions {
                switch action {
                case .load(let after, let limit, let session):
                    let numbers = table.keys.filter { $0 > after }.sorted().prefix(limit)
                    perform(
                        machine.loaded(
                            first: numbers.first ?? 1,
                            last: numbers.last ?? 0,
                            session: session,
                            now: now
                        )
                    )
                case .send(let first, let last):
                    let events = (first...last).compactMap { table[$0] }
                    toAuditor.append(AuditAppend(stream: "s", first: first, events: events))
                case .delete(let upto): table = table.filter { $0.key > upto }
                case .report, .rename: Issue.record("nothing was lost for good: \(action)")
                }
            }
        }

        mutating func append(_ count: Int) {
            for _ in 0..<count {
                tail += 1
                table[tail] = Trail.event(Int(tail), Int.random(in: 0..<4, using: &random) == 0 ? .call : .security)
            }
            perform(machine.committed(upto: tail, now: now))
        }

        mutating func connectionLost() {
            toAuditor = []
            toSender = []
            machine.down()
            perform(machine.up(now))
        }

        /// A new process knows what its table says, and nothing else.
        mutating func senderKilled() {
            toAuditor = []
            toSender = []
            machine = OutboxMachine(acknowledged: (table.keys.min() ?? tail + 1) - 1, tail: tail)
            perform(machine.up(now))
        }

        /// `losesAnswer`: killed between commit and acknowledgement. `losesCommit`: killed before the commit.
        mutating func auditorTakes(losesAnswer: Bool, losesCommit: Bool) throws {
            guard !toAuditor.isEmpty else { return }
            let batch = toAuditor.removeFirst()
            struct Killed: Error {}
            var taken: AuditStore.Taken?
            do {
                try db.transaction {
                    let sealed = AuditStore.seal(batch)
                    taken = try store.take(batch, sealed, from: .gateway, in: db)
                    if losesCommit { throw Killed() }
                }
            } catch is Killed { taken = nil }
            if let taken, !losesAnswer {
                toSender.append(AuditAppended(stream: "s", upto: taken.upto, head: taken.head))
            }
            if losesAnswer || losesCommit { connectionLost() }
        }

        mutating func senderHears() {
            guard !toSender.isEmpty else { return }
            perform(machine.acknowledge(upto: toSender.removeFirst().upto, now: now))
        }
    }

    @Test func everyEventArrivesOnceWhoeverIsKilled() async throws {
        // The store's own writer isn't used here: transactions are made by hand.
        let unused = Folder()
        let commit = try await AuditStore.open(unused.file("unused.db"))
        for round in 0..<8 {
            let folder = Folder()
            let db = try Connection(path: folder.file("audit.db"))
            try db.execute("PRAGMA synchronous=OFF")
            try AuditSchema.migrations.apply(to: db)
            let store = AuditStore(store: commit, signing: .generate(), clock: { Trail.now })
            var world = World(random: SeededGenerator(seed: runSeed &+ UInt64(round)), store: store, db: db)
            world.perform(world.machine.up(world.now))
            for _ in 0..<150 {
                world.now += .milliseconds(Int.random(in: 0..<3_000, using: &world.random))
                switch Int.random(in: 0..<20, using: &world.random) {
                case 0..<6: world.append(Int.random(in: 1...60, using: &world.random))
                case 6..<11: try world.auditorTakes(losesAnswer: false, losesCommit: false)
                case 11..<15: world.senderHears()
                case 15: try world.auditorTakes(losesAnswer: true, losesCommit: false)
                case 16: try world.auditorTakes(losesAnswer: false, losesCommit: true)
                case 17: world.connectionLost()
                case 18: world.senderKilled()
                default: world.perform(world.machine.tick(world.now))
                }
            }
            while world.machine.depth > 0 || !world.toAuditor.isEmpty {
                world.now += .seconds(1)
                try world.auditorTakes(losesAnswer: false, losesCommit: false)
                world.senderHears()
                world.perform(world.machine.tick(world.now))
            }
            #expect(world.table.isEmpty)
            let upto = try db.int("SELECT upto FROM stream") ?? 0
            let chained = try db.int("SELECT count(*) FROM event") ?? 0
            let calls = try db.int("SELECT sum(calls) FROM usage") ?? 0
            #expect(upto == Int(world.tail) && chained + calls == Int(world.tail), "seed \(runSeed), round \(round)")
            #expect(try Verify.file(folder.file("audit.db")).isWhole)
        }
    }
}
