public import HTTP

extension ProviderError {
    /// A failure of the connection to a provider, before or in the middle of an answer.
    ///
    /// A cancelled transfer is the caller's own doing and not asked about here; it counts as unavailable.
    public init(transport error: HTTPError) {
        let (code, what): (Code, String) =
            switch error.code {
            case .connectTimeout, .firstByteTimeout, .stalled, .totalTimeout, .bodyTimeout:
                (.timeout, ProviderError.Code.timeout.sentence)
            case .addressRefused: (.configError, "The connector's address may not be connected to")
            case .invalidRequest: (.configError, "The connector's address is not valid")
            case .resolveFailed: (.providerUnavailable, "The provider's host name was not found")
            case .tlsFailed: (.providerUnavailable, "The provider's certificate or encryption was not accepted")
            case .malformed, .tooLarge: (.malformedResponse, ProviderError.Code.malformedResponse.sentence)
            default: (.providerUnavailable, "The provider could not be reached")
            }
        self.init(code, "\(what) (\(error.code.rawValue)).")
    }
}
