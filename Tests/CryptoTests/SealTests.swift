import Crypto
import Testing

struct SealTests {
    @Test func onlyTheRecipientOpensASealedBox() throws {
        let pair = BoxKeyPair.generate()
        let sealed = try SealedBox.seal("secret".utf8, to: pair.publicKey)
        #expect(sealed.count == 6 + SealedBox.overhead)
        #expect(try pair.open(sealed) == Array("secret".utf8))
        #expect { try BoxKeyPair.generate().open(sealed) } throws: { ($0 as? CryptoError)?.code == .forged }
        var changed = sealed
        changed[sealed.count - 1] ^= 1
        #expect(throws: CryptoError.self) { try pair.open(changed) }
        #expect(throws: CryptoError.self) { try pair.open(sealed.prefix(10)) }
        #expect(throws: CryptoError.self) { try SealedBox.seal([1], to: [1, 2, 3]) }
        #expect(try pair.open(SealedBox.seal([], to: pair.publicKey)).isEmpty)
    }

    @Test func noSecretKeyIsShown() {
        let pair = BoxKeyPair.generate()
        var text = ""
        dump(pair, to: &text)
        #expect(text.contains(Hex.encode(pair.publicKey)))
        #expect(!text.contains("secretKey"))
        let key = SigningKey.generate()
        text = ""
        dump(key, to: &text)
        #expect(!"\(key)\(text)".contains("secretKey"))
    }
}
