import HTTP

/// What a caller wants tried when their call's connector fails.
enum FallbackPolicy: String, CaseIterable, Sendable {
    /// Nothing: the caller hears of it.
    case none
    /// The organisation's default.
    case orgDefault = "org_default"
    /// The same connector once more, then the organisation's default.
    case retryThenOrgDefault = "retry_then_org_default"

    static let header = "x-martlet-fallback"

    /// As the request says; ``none`` when it says nothing.
    init(_ headers: Fields) throws(GatewayError) {
        guard let word = headers[Self.header] else {
            self = .none
            return
        }
        guard let policy = Self(rawValue: word) else {
            let words = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw GatewayError(.invalidRequest, "`\(Self.header)` is one of \(words).", param: Self.header)
        }
        self = policy
    }
}
