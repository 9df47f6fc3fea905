import HTTP
import JSON
import Loop
import Providers

import struct Telemetry.TraceContext

/// The way out to the providers: adapters, the HTTP client, and the operator's own addresses.
@NetLoop
final class Upstream {
    /// The largest blocking answer that is passed on.
    static let answerLimit = 32 << 20
    /// How much of an error's body is read.
    static let errorBodyLimit = 256 << 10

    private let registry: Registry
    /// What the connectors offer, as far as somebody has asked.
    let catalogues = Catalogues()
    private let client: Client
    private let addresses: [String: String]
    private let tellsTrace: Bool
    let prices: Prices

    /// - Parameter tellsTrace: whether providers are told the trace of a call.
    init(
        registry: Registry,
        client: Client,
        addresses: [String: String],
        prices: Prices = .standard,
        tellsTrace: Bool = true
    ) {
        self.registry = registry
        self.client = client
        self.addresses = addresses
        self.prices = prices
        self.tellsTrace = tellsTrace
    }

    /// The adapter of a stored connector. A store may hold a type that a newer version knew and this one doesn't.
    func adapter(of connector: Connector) throws(ProviderError) -> any Adapter {
        guard let adapter = registry[connector.type] else {
            throw ProviderError(
                .configError,
                "This gateway does not know the connector's type.",
                param: "connector_type"
            )
        }
        return adapter
    }

    /// Every provider type.
    var adapters: [any Adapter] { registry.all }

    func adapter(type: String) throws(GatewayError) -> any Adapter {
        guard let adapter = registry[type] else {
            throw GatewayError(
                .unprocessable,
                "Unknown connector type. Known: \(registry.types.joined(separator: ", ")).",
                param: "connector_type"
            )
        }
        return adapter
    }

    /// How a call among these connectors is resolved.
    func plan(_ candidates: [Connector]) -> Plan {
        Plan(
            candidates: candidates,
            supports: supports,
            usualModel: usualModel,
            offers: offers,
            isDown: { $0.isDown(at: wallClockMicroseconds()) }
        )
    }

    private var supports: (Connector, Plan.Need) -> Bool {
        { [registry] connector, need in
            guard let capabilities = registry[connector.type]?.capabilities else { return false }
            switch need {
            case .chat: return capabilities.dialect != .none
            case .images: return capabilities.images
            case .embeddings: return capabilities.embeddings
            }
        }
    }

    /// By the connector's own catalogue where it is known, else by the model's name.
    private var offers: (Connector, String) -> Bool? {
        { [registry, catalogues] connector, model in
            catalogues.offers(connector.id, model) ?? registry.offers(type: connector.type, model: model)
        }
    }

    private var usualModel: (Connector, Plan.Need) -> String? {
        { [registry] connector, need in
            guard let adapter = registry[connector.type] else { return nil }
            return need == .images
                ? adapter.usualImageModel(connector.config) : adapter.usualModel(connector.config)
        }
    }

    /// The connector with the operator's address for its type, when there is one.
    func config(of connector: Connector) -> ConnectorConfig {
        var config = connector.config
        config.operatorURL = addresses[connector.type]
        return config
    }

    /// How a chat goes to that target: in which dialect, and with which body.
    ///
    /// - Parameter limit: tokens of output to ask for at most, for a caller who sets no limit.
    func course(
        of probe: ChatProbe,
        to target: Plan.Target,
        from surface: any ChatSurface,
        callID: String,
        limit: Int? = nil
    ) throws(ProviderError) -> ChatCourse {
        let traits = ChatTraits(
            model: target.model,
            hasTools: probe.hasTools,
            reasoningEffort: probe.reasoningEffort
        )
        guard let codec = try adapter(of: target.connector).codec(for: traits) else {
            throw ProviderError(.badRequest, "This provider has no chat.", param: "model")
        }
        return try ChatCourse(probe, model: target.model, from: surface, to: codec, callID: callID, limit: limit)
    }

    func chatRequest(_ target: Plan.Target, _ chat: OutgoingChat) throws(ProviderError) -> OutgoingRequest {
        try adapter(of: target.connector).chatRequest(config(of: target.connector), chat)
    }

    /// Sends a request, as a step of the trace that caused it.
    func start(
        _ request: OutgoingRequest,
        of trace: TraceContext,
        timeouts: ClientRequest.Timeouts = .init()
    ) -> Transfer {
        var request = request
        if tellsTrace { request.headers += trace.headers }
        return client.start(ClientRequest(request, timeouts: timeouts))
    }

    /// Any failure of a call to a provider, in the gateway's own terms.
    func translate(_ error: any Error) -> GatewayError {
        switch error {
        case let error as GatewayError: error
        case let error as ProviderError: GatewayError(error)
        case let error as HTTPError: GatewayError(upstream: error)
        default: GatewayError(.unexpected, "Something went wrong inside the gateway.")
        }
    }
}

extension GatewayError {
    /// A transport failure between the gateway and a provider.
    init(upstream error: HTTPError) {
        switch error.code {
        case .connectTimeout, .firstByteTimeout, .stalled, .totalTimeout:
            self.init(.timeout, "The provider did not answer in time.")
        case .malformed, .tooLarge:
            self.init(.malformedResponse, "The provider's answer is not what it must be.")
        case .cancelled:
            self.init(.cancelled, "The call was cancelled.")
        case .addressRefused, .invalidRequest:
            self.init(.configError, "The connector's address may not be called.")
        case .busy:
            self.init(.notReady, "The gateway has too many calls in flight.")
            retryAfter = .seconds(1)
        default:
            self.init(.providerUnavailable, "The provider could not be reached.")
        }
        details = [.init("transport", .string(error.code.rawValue))]
    }
}
