import Glibc
public import HTTP

extension ClientRequest {
    /// An adapter's request as the HTTP client sends it, signed where the adapter says so; where it may connect to
    /// follows from its ``Reach``.
    ///
    /// - Parameter time: seconds since 1970 for a signature; the wall clock's when nil. A provider takes a signature
    ///   for some minutes: make this when the request is sent, and anew for a second try.
    public init(_ request: OutgoingRequest, timeouts: Timeouts = Timeouts(), at time: Int64? = nil) {
        var headers = request.headers.map { ($0.name, $0.value) }
        if let signing = request.signing {
            headers += signing.headers(for: request, at: time ?? Int64(Glibc.time(nil)))
        }
        self.init(
            method: request.method,
            url: request.url,
            headers: headers,
            body: request.body,
            timeouts: timeouts,
            policy: request.reach.policy
        )
    }
}

extension Reach {
    /// The client's words for it.
    public var policy: AddressPolicy {
        switch self {
        case .operatorChoice: .any
        case .publicService, .anyHost: .publicAndPrivate
        case .privateOnly: .privateOnly
        }
    }
}
