import Crypto
import HTTP

/// Checks a request's AWS signature for real, as AWS does: who signs, when, for what, and every byte that is signed.
enum AWSSignature {
    /// The one secret that opens anything here: AWS's own public example. Any access key id beginning with `AKIA`, or with
    /// `ASIA` together with a session token, has it, unless `BAD` stands in the id.
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    /// How far the two clocks may be apart, in seconds.
    static let tolerance: Int64 = 300

    /// Why a request is refused, in AWS's terms.
    struct Refusal: Error, Equatable {
        let exception: String
        let message: String
    }

    /// - Parameter now: seconds since 1970.
    static func check(_ request: Request, body: [UInt8], now: Int64) throws(Refusal) {
        guard let line = request.headers["authorization"] else {
            throw Refusal(exception: "MissingAuthenticationTokenException", message: "Missing Authentication Token")
        }
        guard let claim = Claim(line), let date = request.headers["x-amz-date"] else {
            let text = "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' and a date."
            throw Refusal(exception: "IncompleteSignatureException", message: text)
        }
        let token = request.headers["x-amz-security-token"]
        guard isKnown(claim.accessKeyID, token: token) else {
            let text = "The security token included in the request is invalid."
            throw Refusal(exception: "UnrecognizedClientException", message: text)
        }
        if token?.contains("expired") == true {
            let text = "The security token included in the request is expired"
            throw Refusal(exception: "ExpiredTokenException", message: text)
        }
        try checkTime(date, claim, now)
        try checkNames(claim, request)
        let message = SigV4.Message(
            method: request.method,
            path: request.path,
            query: request.query ?? "",
            headers: claim.names.flatMap { name in request.headers.all(name).map { (name: name, value: $0) } },
            bodyHash: SigV4.bodyHash(body)
        )
        let due = SigV4(region: claim.region, service: "bedrock").sign(message, secret: secret, date: date)
        guard constantTimeEqual(due.hex.utf8, claim.signature.utf8), due.scope == claim.scope else {
            throw wrong("Check your AWS Secret Access Key and signing method. Consult the service documentation.")
        }
    }

    private static func isKnown(_ id: String, token: String?) -> Bool {
        let isGood = (16...128).contains(id.utf8.count) && !id.uppercased().contains("BAD")
        return isGood && (id.hasPrefix("AKIA") || id.hasPrefix("ASIA") && token != nil)
    }

    private static func checkTime(_ date: String, _ claim: Claim, _ now: Int64) throws(Refusal) {
        let (earliest, latest) = (SigV4.date(now - tolerance), SigV4.date(now + tolerance))
        // The form's order is the time's order.
        guard date.utf8.count == 16, date >= earliest else {
            throw Refusal(
                exception: "InvalidSignatureException",
                message: "Signature expired: \(date.prefix(16)) is now earlier than \(earliest)"
            )
        }
        guard date <= latest else {
            throw Refusal(
                exception: "InvalidSignatureException",
                message: "Signature not yet current: \(date.prefix(16)) is still later than \(latest)"
            )
        }
        guard claim.day == date.prefix(8), claim.service == "bedrock" else {
            throw Refusal(
                exception: "InvalidSignatureException",
                message: "Credential should be scoped to correct service: 'bedrock', and to the day of the date."
            )
        }
    }

    /// What must be signed: the host, the date, and every header of AWS's own.
    private static func checkNames(_ claim: Claim, _ request: Request) throws(Refusal) {
        var due: Set<String> = ["host", "x-amz-date"]
        for (name, _) in request.headers.pairs where name.lowercased().hasPrefix("x-amz-") {
            due.insert(name.lowercased())
        }
        let missing = due.subtracting(claim.names).sorted()
        guard missing.isEmpty, claim.names == claim.names.sorted() else {
            throw wrong("These headers must be signed: \(missing.joined(separator: ", ")).")
        }
    }

    private static func wrong(_ more: String) -> Refusal {
        let text = "The request signature we calculated does not match the signature you provided. "
        return Refusal(exception: "InvalidSignatureException", message: text + more)
    }

    /// What an `authorization` header says.
    private struct Claim {
        let accessKeyID, day, region, service: String
        let names: [String]
        let signature: String

        var scope: String { "\(day)/\(region)/\(service)/aws4_request" }

        init?(_ line: String) {
            guard line.hasPrefix("AWS4-HMAC-SHA256 ") else { return nil }
            var parts: [String: String] = [:]
            for part in line.dropFirst(17).split(separator: ",") {
                let pair = part.split(separator: "=", maxSplits: 1)
                guard pair.count == 2 else { return nil }
                parts[String(pair[0].drop { $0 == " " })] = String(pair[1])
            }
            guard let credential = parts["Credential"]?.split(separator: "/"), credential.count == 5,
                credential[4] == "aws4_request", let names = parts["SignedHeaders"], let signature = parts["Signature"]
            else { return nil }
            accessKeyID = String(credential[0])
            day = String(credential[1])
            region = String(credential[2])
            service = String(credential[3])
            self.names = names.split(separator: ";").map(String.init)
            self.signature = signature
        }
    }
}
