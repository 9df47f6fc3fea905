import Crypto
import Foundation
import Support
import Testing

struct EncodingTests {
    @Test func base64GivesTheTextsOfRFC4648() throws {
        let texts = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE="]
        for (plain, encoded) in texts {
            #expect(Base64.encode(plain.utf8) == encoded)
            #expect(try Base64.decode(encoded) == Array(plain.utf8))
        }
    }

    @Test func base64AgreesWithFoundationOnRandomBytes() throws {
        var random = SeededGenerator(seed: runSeed)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(try Base64.decode(text) == bytes)
            #expect(Base64.encodeBytes(bytes) == Array(text.utf8))
            #expect(try Base64.decodeURL(Base64.encodeURL(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        "Zg=", "Zg", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zm-_", "Zg==Zg==", "=m9v",
    ])
    func brokenBase64IsRefused(text: String) {
        #expect { try Base64.decode(text) } throws: { ($0 as? CryptoError)?.code == .malformed }
    }

    @Test func hexGoesBothWaysAndRefusesTheRest() throws {
        #expect(Hex.encode([0, 0x7f, 0xff]) == "007fff")
        #expect(try Hex.decode("007FfF") == [0, 0x7f, 0xff])
        for text in ["0", "0g", " 0", "é"] { #expect(throws: CryptoError.self) { try Hex.decode(text) } }
    }
}
