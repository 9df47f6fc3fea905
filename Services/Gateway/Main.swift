import Bus
import HTTP
import Loop
import Service
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
    let store = try await Store.open(folder: settings.data)
    try KeyRing.create(directory: settings.keys)
    let keys = try KeyRing.load(directory: settings.keys, role: .gateway)
    let gateway = await Gateway(settings: settings, store: store)
    let cluster = await Cluster(
        context: context,
        keys: keys,
        store: store,
        feed: gateway.feed,
        connectors: gateway.connectors
    )
    try await gateway.start(cluster)
    return RunningGateway(gateway: gateway, cluster: cluster, address: await gateway.address)
}

/// A gateway that serves.
struct RunningGateway: Running {
    let gateway: Gateway
    let cluster: Cluster
    let address: String

    var ready: [(name: String, value: String)] { [("http", address)] }

    func drain(within limit: Duration) async {
        await gateway.drain(within: limit)
        await cluster.drain()
    }

    func stop() async {
        await gateway.close()
        await cluster.stop()
    }
}
