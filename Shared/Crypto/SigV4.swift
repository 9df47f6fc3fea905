import Glibc

/// AWS Signature Version 4: HMAC-SHA-256 over a request in a canonical form, with a key derived for one day, region and
/// service. Pure; the time comes from the caller.
///
/// Source: AWS, "Create a signed AWS API request". As everywhere but at S3, the path is encoded once more than it is
/// sent. libcurl 7.88 has a signer too, which leaves that out and so can't sign a Bedrock model's path.
public struct SigV4: Sendable {
    /// The region, such as `us-east-1`.
    public let region: String
    /// The service as AWS names it for signing, such as `bedrock`.
    public let service: String

    /// A signer for a service in a region.
    public init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    /// A request as it goes over the wire.
    public struct Message: Sendable {
        /// `GET`, `POST`, …
        public var method: String
        /// The path with the escapes that are sent; empty stands for `/`.
        public var path: String
        /// The query as it is sent, escaped, without `?`.
        public var query: String
        /// What is signed of the headers: `host` and `x-amz-date` must be there, names in any case and order.
        public var headers: [(name: String, value: String)]
        /// ``SigV4/bodyHash(_:)``.
        public var bodyHash: String

        /// A request.
        public init(
            method: String,
            path: String,
            query: String = "",
            headers: [(name: String, value: String)],
            bodyHash: String
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.bodyHash = bodyHash
        }
    }

    /// A signature and the two texts that it was made of, which AWS quotes when it refuses one.
    public struct Signature: Sendable, Equatable {
        /// The request in its canonical form.
        public let canonicalRequest: String
        /// What the signature is over.
        public let stringToSign: String
        /// `content-type;host;x-amz-date`.
        public let signedHeaders: String
        /// `20261120/us-east-1/bedrock/aws4_request`.
        public let scope: String
        /// 64 hex digits.
        public let hex: String

        /// The `authorization` header's value.
        public func authorization(accessKeyID: String) -> String {
            "AWS4-HMAC-SHA256 Credential=\(accessKeyID)/\(scope), SignedHeaders=\(signedHeaders), Signature=\(hex)"
        }
    }

    /// The lower-case hex SHA-256 of a body.
    public static func bodyHash(_ body: some Collection<UInt8>) -> String { Hex.encode(Digest.sha256(body)) }

    /// A time as `x-amz-date` has it: `20261120T120000Z`.
    public static func date(_ secondsSince1970: Int64) -> String {
        var time = time_t(secondsSince1970)
        var parts = tm()
        gmtime_r(&time, &parts)
        var text: [UInt8] = []
        text.reserveCapacity(16)
        digits(Int(parts.tm_year) + 1_900, 4, &text)
        digits(Int(parts.tm_mon) + 1, 2, &text)
        digits(Int(parts.tm_mday), 2, &text)
        text.append(UInt8(ascii: "T"))
        digits(Int(parts.tm_hour), 2, &text)
        digits(Int(parts.tm_min), 2, &text)
        digits(Int(parts.tm_sec), 2, &text)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Signs a request.
    ///
    /// - Parameters:
    ///   - secret: the secret access key.
    ///   - date: the message's `x-amz-date`.
    public func sign(_ message: Message, secret: String, date: String) -> Signature {
        let day = String(date.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let headers = Self.canonical(message.headers)
        let names = headers.map(\.name).joined(separator: ";")
        let canonical = Self.canonicalRequest(message, headers, names)
        let hash = Self.bodyHash(canonical.utf8)
        let string = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(hash)"
        let code = MAC.hmacSHA256(key: key(secret, day: day), string.utf8)
        return Signature(
            canonicalRequest: canonical,
            stringToSign: string,
            signedHeaders: names,
            scope: scope,
            hex: Hex.encode(code)
        )
    }

    private func key(_ secret: String, day: String) -> [UInt8] {
        var key = MAC.hmacSHA256(key: ("AWS4" + secret).utf8, day.utf8)
        for part in [region, service, "aws4_request"] { key = MAC.hmacSHA256(key: key, part.utf8) }
        return key
    }

    // MARK: The canonical form

    private static func canonicalRequest(
        _ message: Message,
        _ headers: [(name: String, value: String)],
        _ names: String
    ) -> String {
        var text = message.method + "\n"
        text += message.path.isEmpty ? "/" : encoded(message.path)
        text += "\n" + canonicalQuery(message.query) + "\n"
        for header in headers { text += "\(header.name):\(header.value)\n" }
        text += "\n" + names + "\n" + message.bodyHash
        return text
    }

    /// Lower-case names in their order, values trimmed, repeated names in one line.
    private static func canonical(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        var lines: [(name: String, value: String)] = []
        let sorted = headers.enumerated().map { (lowered($0.element.name), $0.offset, trimmed($0.element.value)) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        for (name, _, value) in sorted {
            if lines.last?.name == name {
                lines[lines.count - 1].value += "," + value
            } else {
                lines.append((name, value))
            }
        }
        return lines
    }

    private static func lowered(_ name: String) -> String {
        name.utf8.contains { (0x41...0x5A).contains($0) } ? name.lowercased() : name
    }

    /// Without blanks at its ends, and with one where there were several.
    private static func trimmed(_ value: String) -> String {
        value.utf8.contains(0x20) || value.utf8.contains(0x09)
            ? value.split { $0 == " " || $0 == "\t" }.joined(separator: " ") : value
    }

    private static func canonicalQuery(_ query: String) -> String {
        guard !query.isEmpty else { return "" }
        let pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
        return pairs.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// Every byte but `A–Z a–z 0–9 - _ . ~ /` as `%XX`.
    private static func encoded(_ path: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.utf8.count + 16)
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/") {
                bytes.append(byte)
            } else {
                PercentEncoding.append(byte, to: &bytes)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digits(_ value: Int, _ width: Int, _ text: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
