/// Looks up a response header by its name, in any case.
public typealias HeaderLookup = (_ name: String) -> String?

/// A provider type: pure translation between the gateway's terms and the provider's bytes, with no I/O.
///
/// To add a provider: conform, register in ``Registry/standard``, copy its fixtures. The contract test runs over every
/// registered adapter. A request function throws `config_error` for a connector that ``validate(_:)`` would refuse.
public protocol Adapter: Sendable {
    /// The connector type, such as `openai_apikey`: lower case, digits and `_`.
    var type: String { get }
    /// What people call it.
    var displayName: String { get }
    /// What it can do.
    var capabilities: Capabilities { get }
    /// Its credentials' fields, for validation and for forms.
    var fields: [CredentialField] { get }

    /// Refuses a connector whose fields can't work; the error names the field and never its value.
    func validate(_ config: ConnectorConfig) throws(ProviderError)

    /// The model of a connector that is made for one, as on Azure, where a deployment is the model, and of one that
    /// names a model for callers who name none, as on Bedrock; nil for others.
    func usualModel(_ config: ConnectorConfig) -> String?
    /// The same for pictures.
    func usualImageModel(_ config: ConnectorConfig) -> String?

    /// The dialect in which the provider wants such a call; nil when it has no chat.
    func codec(for traits: ChatTraits) -> (any ChatCodec)?
    /// A chat request whose body is already in the provider's dialect, by ``codec(for:)`` or a caller who speaks it.
    func chatRequest(_ config: ConnectorConfig, _ chat: OutgoingChat) throws(ProviderError) -> OutgoingRequest
    /// An embeddings request whose body is already in the provider's form.
    func embeddingsRequest(
        _ config: ConnectorConfig,
        model: String,
        body: [UInt8]
    ) throws(ProviderError) -> OutgoingRequest
    /// A request for one picture.
    func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest
    /// A request for a picture that an answer only points to.
    func fetchRequest(_ config: ConnectorConfig, url: String) throws(ProviderError) -> OutgoingRequest
    /// A request for the catalogue.
    func modelsRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest
    /// The cheapest request that proves the credentials; read its answer with ``health(status:header:body:)``.
    func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest

    /// Classifies an answer that is not a success; the body may be anything.
    func failure(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError
    /// The catalogue.
    func models(from body: [UInt8]) throws(ProviderError) -> [ModelInfo]
    /// The pictures; never an empty list.
    func images(from body: [UInt8]) throws(ProviderError) -> ImageResult
    /// nil when the answer proves the credentials, otherwise why not.
    func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError?
}

extension Adapter {
    /// Any model that the caller names.
    public func usualModel(_ config: ConnectorConfig) -> String? { nil }

    /// The connector's own, and where it has none the type's.
    public func usualImageModel(_ config: ConnectorConfig) -> String? {
        usualModel(config) ?? capabilities.imageModel
    }

    /// For a provider without chat.
    public func codec(for traits: ChatTraits) -> (any ChatCodec)? { nil }

    /// For a provider without chat.
    public func chatRequest(
        _ config: ConnectorConfig,
        _ chat: OutgoingChat
    ) throws(ProviderError) -> OutgoingRequest {
        throw ProviderError(.badRequest, "This provider has no chat.")
    }

    /// For a provider without embeddings.
    public func embeddingsRequest(
        _ config: ConnectorConfig,
        model: String,
        body: [UInt8]
    ) throws(ProviderError) -> OutgoingRequest {
        throw ProviderError(.badRequest, "This provider has no embeddings.")
    }

    /// For a provider without pictures.
    public func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest {
        throw ProviderError(.badRequest, "This provider generates no images.")
    }

    /// For a provider that hands over bytes.
    public func fetchRequest(_ config: ConnectorConfig, url: String) throws(ProviderError) -> OutgoingRequest {
        throw ProviderError.noImage
    }

    /// For a provider without pictures.
    public func images(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        throw ProviderError.noImage
    }
}
