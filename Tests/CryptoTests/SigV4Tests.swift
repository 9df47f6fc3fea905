import Crypto
import Foundation
import Testing

/// AWS's signatures, held to vectors that AWS's own Python library made.
struct SigV4Tests {
    struct Vectors: Decodable {
        struct Vector: Decodable {
            let name, method, url, body, x_amz_date, canonical_request, string_to_sign, authorization, signature: String
            let request_headers: [String: String]
            let session_token: String?
        }
        let access_key, secret_key, region, service: String
        let vectors: [Vector]
    }

    private func vectors() throws -> Vectors {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/providers/sigv4-vectors.json")
        return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
    }

    private func message(_ vector: Vectors.Vector) -> SigV4.Message {
        let rest = vector.url.dropFirst("https://".count)
        let host = rest.prefix { $0 != "/" }
        let target = rest.dropFirst(host.count).split(separator: "?", maxSplits: 1)
        var headers = vector.request_headers.map { (name: $0.key, value: $0.value) }
        headers += [("X-Amz-Date", vector.x_amz_date), ("Host", String(host))]
        if let token = vector.session_token { headers.append(("X-Amz-Security-Token", token)) }
        return SigV4.Message(
            method: vector.method,
            path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "",
            headers: headers,
            bodyHash: SigV4.bodyHash(vector.body.utf8)
        )
    }

    @Test func everyVectorIsSignedAsAWSDoes() throws {
        let all = try vectors()
        #expect(all.vectors.count == 6)
        let signer = SigV4(region: all.region, service: all.service)
        for vector in all.vectors {
            let signature = signer.sign(message(vector), secret: all.secret_key, date: vector.x_amz_date)
            #expect(signature.canonicalRequest == vector.canonical_request, "\(vector.name)")
            #expect(signature.stringToSign == vector.string_to_sign, "\(vector.name)")
            #expect(signature.hex == vector.signature, "\(vector.name)")
            #expect(signature.authorization(accessKeyID: all.access_key) == vector.authorization, "\(vector.name)")
        }
    }

    @Test func anotherSecretDayRegionBodyOrPathIsAnotherSignature() throws {
        let all = try vectors()
        let first = all.vectors[0]
        let signer = SigV4(region: all.region, service: all.service)
        let signed = { (message: SigV4.Message, secret: String, date: String, signer: SigV4) in
            signer.sign(message, secret: secret, date: date).hex
        }
        var others = [
            signed(message(first), all.secret_key + "x", first.x_amz_date, signer),
            signed(message(first), all.secret_key, "20261121T120000Z", signer),
            signed(message(first), all.secret_key, first.x_amz_date, SigV4(region: "eu-west-1", service: "bedrock")),
        ]
        var changed = message(first)
        changed.bodyHash = SigV4.bodyHash("{}".utf8)
        others.append(signed(changed, all.secret_key, first.x_amz_date, signer))
        changed = message(first)
        changed.path = changed.path.replacing("%3A", with: ":")
        others.append(signed(changed, all.secret_key, first.x_amz_date, signer))
        #expect(Set(others + [first.signature]).count == 6)
    }

    @Test func headersAreLoweredSortedTrimmedAndJoined() {
        let message = SigV4.Message(
            method: "GET",
            path: "",
            query: "b=2&a=1&empty",
            headers: [("X-Amz-B", "  two   blanks\t"), ("host", "h"), ("x-amz-b", "again"), ("X-Amz-A", "a")],
            bodyHash: "hash"
        )
        let signature = SigV4(region: "r", service: "s").sign(message, secret: "k", date: "20261120T120000Z")
        #expect(
            signature.canonicalRequest
                == "GET\n/\na=1&b=2&empty=\nhost:h\nx-amz-a:a\nx-amz-b:two blanks,again\n\nhost;x-amz-a;x-amz-b\nhash"
        )
    }

    @Test func aTimeIsWrittenAsAWSReadsIt() {
        #expect(SigV4.date(1_795_176_000) == "20261120T120000Z")
        #expect(SigV4.date(0) == "19700101T000000Z")
    }

    @Test func aSegmentKeepsNothingThatAPathCouldRead() {
        #expect(PercentEncoding.segment("a-Z_0.~") == "a-Z_0.~")
        #expect(PercentEncoding.segment("arn:aws/x y%é") == "arn%3Aaws%2Fx%20y%25%C3%A9")
    }
}
