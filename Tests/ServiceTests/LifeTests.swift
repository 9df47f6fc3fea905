import Foundation
import JSON
import SQLite
import Support
import Telemetry
import Testing
import Wire

@testable import Service

@Suite(.timeLimit(.minutes(1)))
struct LifeTests {
    private let folder = Folder()

    private func events(_ outbox: Outbox) async throws -> [AuditEvent] {
        try await outbox.store.read { db in
            try db.query("SELECT body FROM outbox ORDER BY seq") { try AuditEvent(JSONValue(parsing: $0.blob(0))) }
        }
    }

    @Test func aStartAndAStopAreOnRecord() async throws {
        let outbox = try await Outbox.spool(file: folder.file("a.db"))
        let life = Life(Identity(service: "image-worker", instance: "w1"))
        try await outbox.begin(life)
        await outbox.end(life)
        let events = try await events(outbox)
        #expect(events.map(\.eventType) == ["service.started", "service.stopped"])
        #expect(events.allSatisfy { $0.actor == "w1" && $0.targetID == "w1" && $0.targetName == "image-worker" })
        #expect(events[0].notes.contains(Release.version))
    }

    @Test func aRunThatWasKilledIsReportedByWhoeverTakesItsFile() async throws {
        let outbox = try await Outbox.spool(file: folder.file("a.db"))
        let killed = Life(Identity(service: "image-worker", instance: "w1"))
        try await outbox.begin(killed)
        let next = Life(Identity(service: "image-worker", instance: "w2"))
        try await outbox.begin(next)
        await outbox.end(next)
        try await outbox.begin(Life(Identity(service: "image-worker", instance: "w3")))
        let events = try await events(outbox)
        let types = events.map(\.eventType)
        #expect(types == ["service.started", "service.died", "service.started", "service.stopped", "service.started"])
        #expect(events[1].targetID == "w1" && events[1].actor == "w2" && events[1].notes.contains(killed.boot))
    }

    @Test func aStartReadsBackFromItsEvent() {
        let life = Life(Identity(service: "audit-service", instance: "audit"))
        #expect(Life(startedBy: life.startedEvent) == life)
        #expect(Life(startedBy: life.stoppedEvent) == nil)
        #expect(Life("only two") == nil && Life("") == nil)
    }

    @Test func processesAtTheSameTimeHaveFilesOfTheirOwn() throws {
        let first = try OwnOutbox.claim(folder.path)
        let second = try OwnOutbox.claim(folder.path)
        #expect([first, second] == [folder.file("0.db"), folder.file("1.db")])
    }

    @Test func aFolderThatCannotBeMadeIsTheOperatorsToMend() throws {
        try "a file".write(toFile: folder.file("file"), atomically: true, encoding: .utf8)
        #expect {
            _ = try OwnOutbox.claim(folder.file("file") + "/outbox")
        } throws: {
            ($0 as? LaunchError)?.exitCode == 78
        }
    }
}
