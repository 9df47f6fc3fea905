import Crypto
import HTTP
import JSON
import Loop
import Providers
import Wire

import struct Telemetry.Trace
import struct Telemetry.TraceContext

/// Makes one check: the adapter's free request with the connector's own credentials.
///
/// The credentials are opened here, used once and forgotten; neither they nor anything the provider wrote is in a
/// finding.
@NetLoop
final class Probe {
    /// What a check came to.
    struct Finding: Sendable, Equatable {
        /// `ok` or a typed code.
        var outcome: String
        /// The time from sending to the whole answer; zero when nothing was sent.
        var latency: Duration = .zero
        /// A safe sentence, when it isn't ok.
        var message: String?
        /// How long the provider asks to be left alone.
        var rest: Duration?
        /// The connector's revision that was looked at; nil when the gateway doesn't count them.
        var revision: UInt64?

        init(
            outcome: String,
            latency: Duration = .zero,
            message: String? = nil,
            rest: Duration? = nil,
            revision: UInt64? = nil
        ) {
            self.revision = revision
            self.outcome = outcome
            self.latency = latency
            self.message = message
            self.rest = rest
        }

        init(_ error: ProviderError, latency: Duration = .zero, revision: UInt64? = nil) {
            self.init(
                outcome: error.code.rawValue,
                latency: latency,
                message: error.message,
                rest: error.code == .rateLimited ? error.retryAfter ?? .zero : nil,
                revision: revision
            )
        }
    }

    private let client: Client
    private let registry: Registry
    private let upstreams: [String: String]
    private let timeouts: ClientRequest.Timeouts
    private let tellsTrace: Bool

    /// The longest catalogue that is read to its end.
    private static let longestAnswer = 4 << 20

    /// - Parameters:
    ///   - client: makes the calls.
    ///   - upstreams: the operator's addresses by connector type.
    ///   - tellsTrace: whether providers are told the trace of a check.
    ///   - patience: the longest that a check may take.
    init(
        client: Client,
        registry: Registry = .standard,
        upstreams: [String: String],
        tellsTrace: Bool = true,
        patience: Duration = .seconds(15)
    ) {
        self.client = client
        self.registry = registry
        self.upstreams = upstreams
        self.tellsTrace = tellsTrace
        timeouts = ClientRequest.Timeouts(
            connect: min(patience, .seconds(5)),
            firstByte: patience,
            stall: patience,
            total: patience
        )
    }

    /// Whether a type's checks cost money; one that nobody registered is never asked.
    nonisolated func isPaid(_ type: String) -> Bool { registry[type]?.capabilities.freeHealthCall == false }

    /// Checks a connector. Never throws: whatever goes wrong is the finding.
    func check(_ credential: HealthCredential, opening box: BoxKeyPair, of trace: Trace = Trace()) async -> Finding {
        let start = Moment.now
        do throws(ProviderError) {
            guard let adapter = registry[credential.type] else {
                throw ProviderError(.configError, "This monitor does not know the connector's type.", param: "type")
            }
            var request = try adapter.healthRequest(config(credential, box))
            if tellsTrace { request.headers += TraceContext(trace).headers }
            let error = try await answer(to: request, adapter)
            if let error { throw error }
            return Finding(outcome: "ok", latency: Moment.now - start, revision: credential.revision)
        } catch {
            return Finding(error, latency: Moment.now - start, revision: credential.revision)
        }
    }

    private func answer(to request: OutgoingRequest, _ adapter: any Adapter) async throws(ProviderError)
        -> ProviderError?
    {
        let transfer = client.start(ClientRequest(request, timeouts: timeouts))
        do throws(HTTPError) {
            let head = try await transfer.head()
            let body = try await transfer.body(limit: Self.longestAnswer)
            return adapter.health(status: head.status, header: { head.headers[$0] }, body: body)
        } catch {
            transfer.cancel()
            throw ProviderError(transport: error)
        }
    }

    private func config(_ credential: HealthCredential, _ box: BoxKeyPair) throws(ProviderError) -> ConnectorConfig {
        var fields: [String: String] = [:]
        for field in credential.config?.object ?? [] { fields[field.name] = field.value.string }
        if let sealed = credential.credential {
            guard let bytes = try? Base64.decode(sealed), let plain = try? box.open(bytes),
                let members = (try? JSONValue(parsing: plain))?.object
            else {
                throw ProviderError(.configError, "The connector's credentials could not be opened.")
            }
            for field in members { fields[field.name] = field.value.string }
        }
        return ConnectorConfig(
            type: credential.type,
            baseURL: credential.baseURL,
            credentials: fields,
            operatorURL: upstreams[credential.type]
        )
    }
}
