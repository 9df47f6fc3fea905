import Audit
import Bus
import JSON
import Loop
import SQLite
import Service
import Support
import Testing
import Wire

@testable import AuditService

/// The whole way over real sockets: outbox, link, server, auditor, file.
@Suite(.timeLimit(.minutes(1)))
struct AuditorTests {
    private let folder = Folder()

    @BusLoop
    private func serve(_ trail: Trail, _ keys: [Role: KeyRing], _ address: String) async throws -> (Auditor, Server) {
        let ring = try #require(keys[.auditService])
        let source = Source(service: "audit-service", instance: "a", boot: Identity(service: "a").boot)
        let server = Server(name: "audit", address: address, keys: ring, source: source, admits: [.gateway])
        let auditor = Auditor(server, trail.store)
        try await auditor.start()
        return (auditor, server)
    }

    @BusLoop
    private func link(_ keys: [Role: KeyRing], _ address: String) throws -> Link {
        let identity = Identity(service: "gateway", instance: "g")
        return Link(
            name: "audit",
            to: address,
            serverRole: .auditService,
            keys: try #require(keys[.gateway]),
            source: identity.source,
            hello: { identity.hello(.gateway) }
        )
    }

    @Test @BusLoop func eventsTravelAreCommittedAndDeletedAndCanBeAskedFor() async throws {
        let trail = try await Trail()
        let keys = try KeyRing.inMemory()
        let (auditor, server) = try await serve(trail, keys, "tcp://127.0.0.1:0")
        let outbox = try await Outbox.spool(file: folder.file("outbox.db"))
        for number in 1...300 { try await outbox.record(Trail.event(number)) }
        let link = try link(keys, server.address)
        let shipper = try await outbox.ship(over: link)
        try link.start()
        #expect(await shipper.flush(within: .seconds(20)))
        let start = Moment.now
        for number in 301...400 { try await outbox.record(Trail.event(number)) }
        #expect(await shipper.flush(within: .seconds(20)))
        report(
            "outbox: 100 single events recorded, shipped and acknowledged in \((Moment.now - start).milliseconds) ms"
        )
        let answer = try await link.ask(AuditQuery(view: .audit, limit: 5), timeout: .seconds(5))
        let page = try answer.body(AuditPage.self)
        #expect(page.rows.compactMap { $0["target_id"]?.string } == ["c400", "c399", "c398", "c397", "c396"])
        try await eventually("the outbox is empty") {
            try await outbox.store.read { try $0.int("SELECT count(*) FROM outbox") } == 0
        }
        let head = try await outbox.store.read { try $0.text("SELECT value FROM outbox_meta WHERE name = 'head'") }
        await auditor.drain(within: .seconds(1))
        await auditor.stop()
        link.close()
        let result = try Verify.file(trail.path, witnesses: [head ?? "none"])
        #expect(result.isWhole && result.events == 400 && result.checkpoints == 1)
    }

    @Test @BusLoop func whatWasNotAcknowledgedArrivesOnceTheAuditServiceIsBack() async throws {
        let trail = try await Trail()
        let keys = try KeyRing.inMemory()
        // Of the tests that bind twice: no other connection's port is taken from here meanwhile.
        let (first, server) = try await serve(trail, keys, "tcp://127.0.0.2:0")
        let address = server.address
        let outbox = try await Outbox.spool(file: folder.file("outbox.db"))
        let link = try link(keys, address)
        let shipper = try await outbox.ship(over: link)
        try link.start()
        for number in 1...50 { try await outbox.record(Trail.event(number)) }
        #expect(await shipper.flush(within: .seconds(20)))
        await first.stop()
        for number in 51...100 { try await outbox.record(Trail.event(number)) }
        #expect(await shipper.flush(within: .milliseconds(200)) == false)
        let second = try await retrying(while: { ($0 as? BusError)?.code == .address }) {
            try await serve(trail, keys, address).0
        }
        #expect(await shipper.flush(within: .seconds(20)))
        link.close()
        await second.stop()
        let result = try Verify.file(trail.path)
        #expect(result.isWhole && result.events == 100 && result.gaps == 0)
    }
}
