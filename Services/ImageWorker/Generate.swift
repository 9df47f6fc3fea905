import HTTP
import Providers

import struct Telemetry.TraceContext

/// Calls an image provider: one request, and a second one when the answer only says where the picture is.
@NetLoop
final class Generate {
    /// What to ask, of whom, and on whose behalf.
    struct Request: Sendable {
        let connector: ConnectorConfig
        let order: ImageOrder
        var key: JobKey
        /// The caller's `tracestate`.
        var traceState: String?
    }

    /// A picture's bytes as they came, not looked at yet, and what it took.
    struct Picture: Sendable {
        let bytes: [UInt8]
        let usage: Usage?
        let costUSD: Double?
    }

    /// What a call may take.
    struct Limits: Sendable {
        var timeouts = ClientRequest.Timeouts(
            connect: .seconds(10),
            firstByte: .seconds(300),
            stall: .seconds(60),
            total: .seconds(600)
        )
        /// An answer with pictures in base64.
        var answerBytes = 64 << 20
        /// A picture that is fetched.
        var pictureBytes = 32 << 20
        /// An error's body: more is not read.
        var errorBytes = 1 << 20
    }

    private let client: Client
    private let registry: Registry
    private let prices: Prices
    private let limits: Limits
    private let tellsTrace: Bool

    /// - Parameter tellsTrace: whether providers are told the trace of a call.
    init(
        client: Client,
        registry: Registry = .standard,
        prices: Prices = .standard,
        limits: Limits = Limits(),
        tellsTrace: Bool = true
    ) {
        self.client = client
        self.registry = registry
        self.prices = prices
        self.limits = limits
        self.tellsTrace = tellsTrace
    }

    /// Makes one picture. Cancelling the task closes the connection at once; the error is then a `CancellationError`.
    func picture(_ request: Request) async throws -> Picture {
        guard let adapter = registry[request.connector.type] else {
            throw ProviderError(.configError, "This worker does not know the connector's type.", param: "type")
        }
        let outgoing = try adapter.imageRequest(request.connector, request.order)
        let body = try await exchange(outgoing, adapter, request, limits.answerBytes)
        let result = try adapter.images(from: body)
        let cost = prices.image(
            type: adapter.type,
            model: request.order.model,
            size: result.size ?? request.order.size,
            quality: result.quality ?? request.order.quality,
            usage: result.usage
        )
        switch result.images.first {
        case .bytes(let bytes):
            return Picture(bytes: bytes, usage: result.usage, costUSD: cost)
        case .url(let url):
            let fetch = try adapter.fetchRequest(request.connector, url: url)
            let bytes = try await exchange(fetch, adapter, request, limits.pictureBytes)
            return Picture(bytes: bytes, usage: result.usage, costUSD: cost)
        case nil:
            throw ProviderError.noImage
        }
    }

    /// The body of a success, or a typed error.
    private func exchange(
        _ outgoing: OutgoingRequest,
        _ adapter: any Adapter,
        _ request: Request,
        _ limit: Int
    ) async throws -> [UInt8] {
        try Task.checkCancellation()
        var outgoing = outgoing
        outgoing.headers.append(("x-martlet-job", request.key.job))
        outgoing.headers.append(("x-martlet-attempt", String(request.key.attempt)))
        if tellsTrace, let trace = request.key.trace {
            outgoing.headers += TraceContext(trace, state: request.traceState).headers
        }
        let transfer = client.start(ClientRequest(outgoing, timeouts: limits.timeouts))
        let head: ResponseHead
        let body: [UInt8]
        do throws(HTTPError) {
            head = try await transfer.head()
            body = try await transfer.body(limit: head.status == 200 ? limit : limits.errorBytes)
        } catch {
            transfer.cancel()
            try Task.checkCancellation()
            if let status = transfer.responseHead?.status, status != 200 {
                throw adapter.failure(status: status, header: { transfer.responseHead?.headers[$0] }, body: [])
            }
            throw ProviderError(transport: error)
        }
        guard head.status == 200 else {
            throw adapter.failure(status: head.status, header: { head.headers[$0] }, body: body)
        }
        return body
    }
}
