import Crypto
import Support
import Testing

struct SigningKeyTests {
    @Test func signsAsRFC8032() throws {
        let folder = Folder()
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        try SecretFile.create(folder.file("key"), Array((seed + "\n").utf8))
        let key = try SigningKey.load(file: folder.file("key"))
        #expect(
            Hex.encode(key.verifyKey.bytes) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        )
        #expect(
            Hex.encode(key.sign([]))
                == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        )
    }

    @Test func aSignatureIsForOneMessageAndOneKey() throws {
        let key = SigningKey.generate()
        let signature = key.sign("a".utf8)
        #expect(key.verifyKey.isValid(signature, for: "a".utf8))
        #expect(!key.verifyKey.isValid(signature, for: "b".utf8))
        #expect(!SigningKey.generate().verifyKey.isValid(signature, for: "a".utf8))
        #expect(!key.verifyKey.isValid(Array(signature.dropLast()), for: "a".utf8))
        #expect(throws: CryptoError.self) { try VerifyKey(bytes: [1]) }
    }

    @Test func aKeyStaysTheSameInItsFile() throws {
        let folder = Folder()
        let first = try SigningKey.load(file: folder.file("key"))
        #expect(try SigningKey.load(file: folder.file("key")).verifyKey == first.verifyKey)
    }
}
