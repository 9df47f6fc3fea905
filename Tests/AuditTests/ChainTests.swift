import Audit
import Crypto
import Testing

struct ChainTests {
    private func event(_ seq: UInt64 = 1) -> ChainedEvent {
        ChainedEvent(
            seq: seq,
            stream: "s",
            streamSeq: seq,
            skipped: 0,
            at: 7,
            eventType: "a",
            actor: "bc",
            targetType: "t",
            targetID: "1",
            salt: [1, 2],
            body: Array("{}".utf8)
        )
    }

    @Test func theHashesStayWhatTheyWere() {
        var chain = Chain()
        chain.append(event(1))
        let first = chain.headText
        chain.append(event(2))
        // Computed by another implementation, from the formula alone.
        #expect(Hex.encode(event().leaf) == "82708f99a74390fd4427b645aa7ce6b159fcaa2b48804c8dae8435d116f21739")
        #expect(first == "097f17878a74f0e6cca0e493be3f6f07a3f5f6daaa86f40b4f8b2dec33723214")
        #expect(chain.headText == "b8b25ea00b4d6b082afb1870ee5bbbc78f1d05e871ff48eb9827c506e3a3af76")
    }

    @Test func everyFieldCounts() {
        let leaf = event().leaf
        let changes: [(inout ChainedEvent) -> Void] = [
            { $0.seq = 2 }, { $0.stream = "x" }, { $0.streamSeq = 2 }, { $0.skipped = 1 }, { $0.at = 8 },
            { $0.eventType = "x" }, { $0.actor = "x" }, { $0.targetType = "x" }, { $0.targetID = "x" },
            { $0.salt = [1] }, { $0.body = [] },
        ]
        for change in changes {
            var changed = event()
            change(&changed)
            #expect(changed.leaf != leaf)
        }
    }

    @Test func textThatMovesBetweenFieldsChangesTheLeaf() {
        var moved = event()
        moved.eventType = "ab"
        moved.actor = "c"
        #expect(moved.leaf != event().leaf)
    }

    @Test func aCheckpointIsForOneChainAndOneKey() {
        var chain = Chain()
        chain.append(event())
        let key = SigningKey.generate()
        let checkpoint = Checkpoint(chain, at: 9, previous: [], signedBy: key)
        #expect(checkpoint.isSigned)
        let changes: [(inout Checkpoint) -> Void] = [
            { $0.count = 2 }, { $0.head[0] ^= 1 }, { $0.at = 10 }, { $0.previous = [1] }, { $0.signature[0] ^= 1 },
            { $0.key = SigningKey.generate().verifyKey.bytes }, { $0.key = [] },
        ]
        for change in changes {
            var changed = checkpoint
            change(&changed)
            #expect(!changed.isSigned)
        }
    }
}
