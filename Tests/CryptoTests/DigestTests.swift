import Crypto
import Support
import Testing

struct DigestTests {
    @Test func sha256GivesTheStandardsDigests() {
        #expect(
            Hex.encode(Digest.sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(Hex.encode(Digest.sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func piecesHashAsTheWholeAtEverySplit() {
        let bytes = (0..<200).map { UInt8($0) }
        for split in 0...bytes.count {
            var hash = SHA256()
            hash.update(bytes[..<split])
            let half = hash
            hash.update(bytes[split...])
            #expect(hash.finalize() == Digest.sha256(bytes))
            #expect(half.finalize() == Digest.sha256(bytes[..<split]))
        }
    }

    @Test func hmacGivesTheDigestsOfRFC4231() {
        let first = MAC.hmacSHA256(key: [UInt8](repeating: 0x0b, count: 20), "Hi There".utf8)
        #expect(Hex.encode(first) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let second = MAC.hmacSHA256(key: "Jefe".utf8, "what do ya want for nothing?".utf8)
        #expect(Hex.encode(second) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let sixth = MAC.hmacSHA256(
            key: [UInt8](repeating: 0xaa, count: 131),
            "Test Using Larger Than Block-Size Key - Hash Key First".utf8
        )
        #expect(Hex.encode(sixth) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        #expect(MAC.hmacSHA256(key: [], []).count == 32)
    }

    @Test func aKeyedCodeDependsOnKeyAndMessage() {
        let key = [UInt8](repeating: 1, count: 32)
        let other = [UInt8](repeating: 2, count: 32)
        #expect(MAC.keyed(key: key, "a".utf8) == MAC.keyed(key: key, "a".utf8))
        #expect(MAC.keyed(key: key, "a".utf8) != MAC.keyed(key: key, "b".utf8))
        #expect(MAC.keyed(key: key, "a".utf8) != MAC.keyed(key: other, "a".utf8))
        #expect(MAC.keyed(key: key, []).count == 8)
    }

    @Test func secretsAreComparedWhole() {
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(constantTimeEqual([], [UInt8]()))
    }
}
