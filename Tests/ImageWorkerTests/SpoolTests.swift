import Crypto
import Foundation
import Loop
import Testing
import Wire

@testable import ImageWorker

/// What survives which crash.
@Suite(.timeLimit(.minutes(1))) @StoreLoop struct SpoolTests {
    private let folder: String
    private let source = Source(service: "image-worker", instance: "one", boot: "b")

    init() throws {
        folder = "/tmp/martlet-spool-" + Hex.encode(Random.bytes(8))
    }

    private func key(_ number: Int) -> JobKey { JobKey(job: "img_\(number)/../x", attempt: 2, lease: "2-t\(number)") }

    private func message(_ key: JobKey, bytes: Int = 3_000) throws -> Message {
        let picture = [UInt8](repeating: 7, count: bytes)
        let hash = Hex.encode(Digest.sha256(picture))
        var envelope = Envelope(kind: .jobDone, source: source)
        envelope.attachments = [Attachment(name: "original", type: "image/png", length: bytes, sha256: hash)]
        key.write(&envelope)
        let timing = JobTiming(prepareMs: 1, providerMs: 2, transformMs: 3, totalMs: 6)
        let output = JobOutput(name: "original", sha256: hash, type: "image/png", width: 1, height: 1, bytes: bytes)
        let body = JobDone(outputs: [output], usage: Spent(costUSD: 0.5), timing: timing)
        return try Message(header: envelope, body: body, attachments: [picture])
    }

    private func spool(_ boot: String, limit: Int = 64 << 20) throws -> Spool {
        try Spool(folder: folder, boot: boot, limit: limit)
    }

    private func files(_ boot: String) -> [String] { Spool.names(in: folder + "/" + boot) }

    /// A process that dies lets go of its lock and does nothing else.
    private func crash(_ spool: Spool) { spool.abandon() }

    @Test func aResultComesBackAsItWasSaved() throws {
        let spool = try spool("a")
        let saved = try message(key(1))
        try spool.save(saved)
        let loaded = try spool.load(key(1))
        #expect(loaded.attachments == saved.attachments)
        #expect(loaded.payload == saved.payload)
        #expect(spool.keys == [key(1)])
        #expect(spool.leftovers().first?.spent?.costUSD == 0.5)
        spool.remove(key(1))
        #expect(spool.keys.isEmpty && files("a") == ["lock"])
        spool.close()
        #expect(Spool.names(in: folder).isEmpty)
    }

    @Test func theNextProcessAdoptsWhatADeadOneLeft() throws {
        let dead = try spool("a")
        try dead.save(try message(key(1)))
        try dead.save(try message(key(2)))
        crash(dead)
        let next = try spool("b")
        #expect(next.keys == [key(1), key(2)])
        #expect(try next.load(key(2)).header.lease == key(2).lease)
        #expect(Spool.names(in: folder) == ["b"])
        crash(next)
        #expect(try spool("b").keys.count == 2)
    }

    @Test func aLivingProcessKeepsItsResults() throws {
        let living = try spool("a")
        try living.save(try message(key(1)))
        let other = try spool("b")
        #expect(other.keys.isEmpty)
        #expect(try living.load(key(1)).header.job == key(1).job)
    }

    @Test func whatACrashCutOffIsThrownAway() throws {
        let record = try message(key(1)).encodeRecorded()
        let dead = try spool("a")
        try dead.save(try message(key(2)))
        crash(dead)
        for cut in [0, 1, 11, 200, record.count / 2, record.count - 1] {
            let folder = folder + "/dead\(cut)"
            try Spool.makeFolder(folder)
            try Spool.write(Array(record[..<cut]), to: folder + "/" + Spool.name(key(1)) + ".tmp")
            try Spool.write(Array(record[..<cut]), to: folder + "/" + Spool.name(key(1)))
        }
        let next = try spool("b")
        #expect(next.keys == [key(2)])
        #expect(files("b") == ["lock", Spool.name(key(2))].sorted())
    }

    @Test func aFlippedBitIsFound() throws {
        let dead = try spool("a")
        try dead.save(try message(key(1)))
        crash(dead)
        let path = folder + "/a/" + Spool.name(key(1))
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        bytes[bytes.count - 5] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        #expect(try spool("b").keys.isEmpty)
    }

    @Test func aCrashBetweenRenameAndDeletionLosesNothing() throws {
        let record = try message(key(1)).encodeRecorded()
        try Spool.makeFolder(folder + "/old")
        try Spool.write(record, to: folder + "/old/" + Spool.name(key(1)))
        try Spool.makeFolder(folder + "/half")
        try Spool.write([], to: folder + "/half/lock")
        let next = try spool("b")
        #expect(next.keys == [key(1)])
        #expect(Spool.names(in: folder) == ["b"])
    }

    @Test func aFullSpoolRefusesAndSaysSoBefore() throws {
        let spool = try spool("a", limit: (8 << 20) + 4_000)
        #expect(!spool.isFull)
        #expect(try spool.put(try message(key(1))) == false)
        #expect(try spool.put(try message(key(2))))
        let large = try message(key(3), bytes: 9 << 20)
        #expect(throws: Spool.Problem.self) { try spool.save(large) }
        #expect(files("a").count == 3)
        #expect(!spool.drop(key(2)))
    }
}
