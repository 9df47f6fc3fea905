import HTTP
import JSON
import Loop
import Providers
import Telemetry

/// `GET /v1/models` and `GET /api/connectors/{id}/models`: what the caller's connectors offer.
@NetLoop
final class ModelsHandler {
    private let connectors: ConnectorRegister
    private let upstream: Upstream

    init(connectors: ConnectorRegister, upstream: Upstream) {
        self.connectors = connectors
        self.upstream = upstream
    }

    /// `GET /v1/models`
    func list(_ call: Call) async throws {
        let offers = try await offers(to: call)
        call.answer { writer in
            writer.field("object", "list")
            writer.field(
                "data",
                array: { writer in
                    for offer in offers { writer.object { Self.write(offer, &$0) } }
                }
            )
        }
    }

    /// `GET /v1/models/{id}`
    func show(_ call: Call) async throws {
        let id = call.parameters.joined(separator: "/")
        guard let offer = try await offers(to: call).first(where: { $0.model.id == id }) else {
            throw GatewayError(.modelNotFound, "None of your connectors offers this model.", param: "model")
        }
        call.answer { writer in Self.write(offer, &writer) }
    }

    /// `GET /api/connectors/{id}/models`
    func catalogue(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        let models: [ModelInfo]
        do {
            models = try await self.models(of: connector, call)
        } catch {
            throw upstream.translate(error)
        }
        call.answer(
            items: models.map { model in
                { writer in
                    writer.field("id", model.id)
                    writer.field("owned_by", model.owner)
                    writer.field("created", model.created)
                    writer.field("shutdown_date", model.shutdownDate)
                }
            }
        )
    }

    private typealias Offer = (model: ModelInfo, connector: Connector)

    /// Each model once, from the first connector that offers it.
    private func offers(to call: Call) async throws -> [Offer] {
        var seen: Set<String> = []
        var offers: [Offer] = []
        var failure: (any Error)?
        for connector in connectors.usable(by: call.caller) where connector.status == .active {
            do {
                for model in try await models(of: connector, call) where seen.insert(model.id).inserted {
                    offers.append((model, connector))
                }
            } catch {
                failure = error
            }
        }
        if offers.isEmpty, let failure { throw upstream.translate(failure) }
        return offers
    }

    /// Who asks while somebody else's question is under way shares its answer, and its trace.
    private func models(of connector: Connector, _ call: Call) async throws -> [ModelInfo] {
        let trace = call.exchange.traceContext
        return try await upstream.catalogues.models(of: connector.id) { try await self.fetch(connector, of: trace) }
    }

    private func fetch(_ connector: Connector, of trace: TraceContext) async throws -> [ModelInfo] {
        let adapter = try upstream.adapter(of: connector)
        let request = try adapter.modelsRequest(upstream.config(of: connector))
        let timeouts = ClientRequest.Timeouts(firstByte: .seconds(20), total: .seconds(30))
        let transfer = upstream.start(request, of: trace, timeouts: timeouts)
        let head = try await transfer.head()
        let body = try await transfer.body(limit: 8 << 20)
        guard head.status == 200 else {
            throw adapter.failure(status: head.status, header: { head.headers[$0] }, body: body)
        }
        return try adapter.models(from: body)
    }

    private static func write(_ offer: Offer, _ writer: inout JSONWriter) {
        writer.field("id", offer.model.id)
        writer.field("object", "model")
        writer.field("created", offer.model.created ?? 0)
        writer.field("owned_by", offer.model.owner ?? offer.connector.type)
        writer.field("connector", offer.connector.displayName)
    }
}
