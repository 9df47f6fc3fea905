import Audit
import Crypto
import JSON
import Loop
import SQLite
import Support
import Testing
import Wire

@testable import AuditService

/// What an owner of the audit file can do to it shows against what is kept elsewhere.
@Suite(.timeLimit(.minutes(1)))
struct WitnessTests {
    private func signed(_ count: Int) async throws -> (Trail, [Checkpoint]) {
        let trail = try await Trail()
        var checkpoints: [Checkpoint] = []
        for start in stride(from: 1, through: count, by: 10) {
            _ = try await trail.store.append(Trail.batch(start...start + 9))
            checkpoints.append(try #require(try await trail.store.signCheckpoint()))
        }
        return (trail, checkpoints)
    }

    @Test func aTailThatWasCutOffWithItsCheckpointsShowsAgainstAKeptOne() async throws {
        let (trail, kept) = try await signed(30)
        #expect(try Verify.file(trail.path, kept: kept).kept == 3)
        try trail.tamper("DELETE FROM event WHERE seq > 14; DELETE FROM checkpoint WHERE count > 14")
        #expect(try Verify.file(trail.path).isWhole, "the file alone can't know")
        let fault = try Verify.file(trail.path, kept: kept).fault
        #expect(fault?.code == .truncated && fault?.seq == 14)
        #expect(fault?.sentence.contains("covers 20 events, the file has 14") == true)
    }

    @Test func aChainWrittenAnewWithTheSameKeyShowsAgainstAKeptCheckpoint() async throws {
        let (trail, kept) = try await signed(20)
        // Whoever has the signing key, too, can make a file that holds in itself.
        let forged = try await Trail()
        let store = AuditStore(store: forged.store.store, signing: trail.key, clock: { Trail.now })
        _ = try await store.append(Trail.batch(1...20))
        try await store.signCheckpoint()
        let key = Hex.encode(trail.key.verifyKey.bytes)
        #expect(try Verify.file(forged.path, key: key).isWhole)
        let fault = try Verify.file(forged.path, key: key, kept: kept).fault
        #expect(fault?.code == .checkpoint && fault?.seq == 10)
    }

    @Test func aKeptCheckpointOfAnotherKeyIsNoWitness() async throws {
        let (trail, kept) = try await signed(10)
        var forged = kept[0]
        forged.at += 1
        #expect(try Verify.file(trail.path, kept: [forged]).fault?.code == .signature)
        let other = Hex.encode(SigningKey.generate().verifyKey.bytes)
        #expect(try Verify.file(trail.path, key: other).fault?.code == .signature)
    }
}

/// A receipt leads to its event, and to the checkpoint that covers it.
@Suite(.timeLimit(.minutes(1)))
@StoreLoop
struct ProofTests {
    private func receipt(_ number: Int, _ event: [UInt8]) -> Receipt {
        Receipt(stream: "s", seq: UInt64(number), body: event)
    }

    private func prove(_ trail: Trail, _ receipt: Receipt, key: String? = nil) throws -> Proof {
        try Proof.find(receipt, role: "gateway", key: key, in: Connection(path: trail.path, mode: .readOnly))
    }

    @Test func everyEventIsFoundWithItsPlaceAndItsCheckpoint() async throws {
        let trail = try await Trail()
        var batch = Trail.batch(1...25)
        _ = try await trail.store.append(batch)
        try await trail.store.signCheckpoint()
        let more = Trail.batch(26...40)
        _ = try await trail.store.append(more)
        try await trail.store.signCheckpoint()
        let open = Trail.batch(41...45)
        _ = try await trail.store.append(open)
        batch.events += more.events + open.events
        let key = Hex.encode(trail.key.verifyKey.bytes)
        for (index, event) in batch.events.enumerated() {
            let number = index + 1
            let proof = try prove(trail, receipt(number, event.encoded()), key: key)
            #expect(proof.seq == UInt64(number) && proof.body == event.encoded())
            #expect(proof.checkpoint?.count == (number <= 25 ? 25 : number <= 40 ? 40 : nil))
            #expect(proof.walked <= 25)
        }
    }

    @Test func whatIsNotThereOrOtherIsSaid() async throws {
        let trail = try await Trail()
        let call = Trail.event(3, .call, data: .object([]))
        let batch = Trail.batch(1...2)
        _ = try await trail.store.append(batch)
        _ = try await trail.store.append(.init(stream: "s", first: 3, events: [call]))
        let body = batch.events[0].encoded()
        #expect(throws: Proof.Failure.otherEvent(seq: 2)) { try prove(trail, receipt(2, body)) }
        #expect(throws: Proof.Failure.notChained) { try prove(trail, receipt(3, body)) }
        #expect(throws: Proof.Failure.notArrived) { try prove(trail, receipt(4, body)) }
        #expect(throws: Proof.Failure.notArrived) {
            try prove(trail, Receipt(stream: "other", seq: 1, body: body))
        }
    }

    @Test func aChangeBetweenTheCheckpointsBreaksTheProof() async throws {
        let trail = try await Trail()
        let batch = Trail.batch(1...20)
        _ = try await trail.store.append(batch)
        try await trail.store.signCheckpoint()
        try trail.tamper("UPDATE event SET actor = 'x' WHERE seq = 9")
        do {
            _ = try prove(trail, receipt(3, batch.events[2].encoded()))
            Issue.record("the chain was changed")
        } catch let Proof.Failure.broken(fault) {
            #expect(fault.code == .hash && fault.seq == 9)
        }
    }

    @Test func aReceiptIsReadAsItWasWrittenAndNothingElseIs() {
        let receipt = receipt(7, [1, 2, 3])
        #expect(Receipt(receipt.description) == receipt)
        for text in ["", ".", "a.1", "a.0.\(String(repeating: "0", count: 64))", "a.1.00", "a.x.ff", "a.b.c.d"] {
            #expect(Receipt(text) == nil, "\(text)")
        }
    }
}
