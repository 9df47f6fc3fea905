import Crypto

/// How a request is signed by AWS Signature Version 4.
///
/// An adapter has no clock, and a signature holds the time of sending: so the adapter says with what to sign, and the
/// signature is made where the request becomes one of the HTTP client's (``HTTP/ClientRequest/init(_:timeouts:at:)``).
public struct RequestSigning: Sendable, Equatable {
    /// The region that is signed for, such as `us-east-1`.
    public var region: String
    /// The service as AWS names it for signing, such as `bedrock`.
    public var service: String
    /// The access key's id.
    public var accessKeyID: String
    /// The secret access key. Secret: never sent.
    public var secret: String
    /// The token of temporary credentials. Secret.
    public var sessionToken: String?

    /// The means of a signature.
    public init(region: String, service: String, accessKeyID: String, secret: String, sessionToken: String? = nil) {
        self.region = region
        self.service = service
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.sessionToken = sessionToken
    }

    /// The header fields that sign a request at that second since 1970; none for a URL that is no URL, which the client
    /// refuses anyway.
    ///
    /// `host`, `content-type` and `x-amz…` are signed. The rest is left out: what a proxy may change on the way must not
    /// break the signature.
    func headers(for request: OutgoingRequest, at time: Int64) -> [(String, String)] {
        guard let target = Target(request.url) else { return [] }
        let date = SigV4.date(time)
        var added = [("x-amz-date", date)]
        if let sessionToken { added.append(("x-amz-security-token", sessionToken)) }
        var signed: [(name: String, value: String)] = added.map { (name: $0.0, value: $0.1) }
        signed.append(("host", target.host))
        for header in request.headers {
            let name = header.name.lowercased()
            if name == "content-type" || name.hasPrefix("x-amz") { signed.append((name, header.value)) }
        }
        let message = SigV4.Message(
            method: request.method,
            path: target.path,
            query: target.query,
            headers: signed,
            bodyHash: SigV4.bodyHash(request.body)
        )
        let signature = SigV4(region: region, service: service).sign(message, secret: secret, date: date)
        return added + [("authorization", signature.authorization(accessKeyID: accessKeyID))]
    }

    /// What goes over the wire of a URL.
    struct Target {
        /// With its port, unless that is the scheme's own.
        let host: String
        let path: String
        let query: String

        init?(_ url: String) {
            let isSecure = url.hasPrefix("https://")
            guard isSecure || url.hasPrefix("http://") else { return nil }
            let rest = url.utf8.dropFirst(isSecure ? 8 : 7)
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            let authority = url[rest.startIndex..<end]
            guard !authority.isEmpty, !authority.utf8.contains(UInt8(ascii: "@")) else { return nil }
            let mark = rest[end...].firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
            path = String(url[end..<mark])
            query = mark == rest.endIndex ? "" : String(url[rest.index(after: mark)...])
            let ownPort = isSecure ? ":443" : ":80"
            host = String(authority.hasSuffix(ownPort) ? authority.dropLast(ownPort.utf8.count) : authority)
        }
    }
}

extension RequestSigning: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Region and service, never a credential.
    public var description: String { "signing for \(service) in \(region)" }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Nothing inside may be looked at, as `dump` would.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
