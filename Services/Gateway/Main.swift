import Bus
import HTTP
import JSON
import Loop
import Providers
import Service
import Telemetry
import Wire

@main
struct Main {
    static func main() {
        Launch.run(
            "gateway",
            summary: "Serves HTTP, holds connectors and keys, and gives image jobs to workers.",
            startGateway
        )
    }
}

/// Builds the parts from the bottom up: store, bus, HTTP.
@Sendable
func startGateway(_ context: LaunchContext) async throws -> any Running {
    let settings = context.settings
    ProcessFigures.register()
    Metrics.gauges(.buildInfo).with(Release.version).set(1)
    let store = try await Store.open(
        folder: settings.data,
        ballast: settings.ballastBytes,
        events: settings.outboxEvents
    )
    let keys = try context.loadKeys(of: .gateway)
    let gateway = await Gateway(
        settings: settings,
        store: store,
        notices: Notices(postman: try mailer(settings).map { Postman(mailer: $0, commit: store.commit) }),
        prices: try prices(settings)
    )
    let cluster = await Cluster(
        context: context,
        keys: keys,
        store: store,
        feed: gateway.feed,
        ledger: gateway.ledger,
        paidChecks: gateway.paidChecks,
        prices: gateway.upstream.prices
    )
    try await gateway.start(cluster)
    return RunningGateway(gateway: gateway, cluster: cluster, address: await gateway.address)
}

/// Where notices go, when the operator said so.
private func mailer(_ settings: Settings) throws(LaunchError) -> Mailer? {
    guard let url = settings.smtp else { return nil }
    guard let mailer = Mailer(url: url.reveal(), authorities: settings.smtpAuthorities) else {
        throw .configuration("MARTLET_SMTP_URL must be smtp://user:password@host:port or smtps://…")
    }
    return mailer
}

/// The built-in price table with the operator's rows over it.
private func prices(_ settings: Settings) throws(LaunchError) -> Prices {
    guard let path = settings.prices else { return .standard }
    let bytes = try OperatorFile.read(path, for: .prices)
    do throws(JSONError) {
        return try Prices.standard(overriddenBy: bytes)
    } catch {
        throw .configuration("\(path) is no price table: \(error)")
    }
}

/// A gateway that serves.
struct RunningGateway: Running {
    let gateway: Gateway
    let cluster: Cluster
    let address: String

    var ready: [(name: String, value: String)] { [("http", address)] }

    /// Nothing is missing while the loop turns that serves HTTP; what is degraded is told at `/health/readiness`.
    @NetLoop var shortcomings: [String] { [] }

    func drain(within limit: Duration) async {
        await gateway.drain(within: limit)
        await cluster.drain()
    }

    func stop() async {
        await gateway.close()
        await cluster.stop()
    }
}
