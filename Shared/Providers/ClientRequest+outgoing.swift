public import HTTP

extension ClientRequest {
    /// An adapter's request as the HTTP client sends it; where it may connect to follows from its ``Reach``.
    public init(_ request: OutgoingRequest, timeouts: Timeouts = Timeouts()) {
        self.init(
            method: request.method,
            url: request.url,
            headers: request.headers.map { ($0.name, $0.value) },
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
