import Bus
import HTTP
import Service
import Wire

@main
struct Main {
    static func main() {
        Launch.run(
            "health-monitor",
            summary: "Checks every connector now and then, gently, and tells the gateway what changed.",
            HealthMonitorService.start
        )
    }
}

/// The running service, as the launcher stops it.
struct HealthMonitorService: Running {
    private let monitor: Monitor
    private let tap: TapPoint
    private let outbox: OwnOutbox
    let ready: [(name: String, value: String)]

    static func start(_ context: LaunchContext) async throws -> any Running {
        let settings = context.settings
        do {
            let keys = try context.loadKeys(of: .healthMonitor)
            let tap = await context.tapPoint(keys)
            let probe = await Probe(
                client: Client(),
                upstreams: settings.upstreams,
                tellsTrace: settings.tracesUpstream
            )
            let parts = Monitor.Parts(control: settings.control, keys: keys, source: context.identity.source)
            let monitor = await Monitor(parts, probe: probe, tap: tap)
            try await tap.start()
            let outbox = try await OwnOutbox.open(context, role: .healthMonitor, keys: keys, tap: tap)
            try await monitor.start()
            return HealthMonitorService(
                monitor: monitor,
                tap: tap,
                outbox: outbox,
                ready: [("control", settings.control)]
            )
        } catch let error as BusError {
            throw [.keys, .address].contains(error.code)
                ? LaunchError.configuration(error.message) : LaunchError.failure(error.message)
        }
    }

    var shortcomings: [String] {
        get async { await monitor.link.isUp ? [] : ["the gateway is not connected"] }
    }

    /// A second is left for what was said last to leave.
    func drain(within limit: Duration) async { await monitor.drain(within: max(.zero, limit - .seconds(1))) }

    func stop() async {
        await monitor.stop()
        await outbox.close()
        await tap.close()
    }
}
