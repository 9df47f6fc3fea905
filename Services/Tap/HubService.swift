import Bus
import Service
import Wire

/// `tap hub` as a service.
struct HubService: Running {
    let ready: [(name: String, value: String)]
    private let hub: Hub

    private init(_ hub: Hub, _ ready: [(name: String, value: String)]) {
        self.hub = hub
        self.ready = ready
    }

    @BusLoop
    static func start(_ context: LaunchContext) async throws -> any Running {
        let settings = context.settings
        let isReplay = settings.operands == ["hub", "replay"]
        guard isReplay || settings.operands == ["hub"] else {
            throw LaunchError.usage("tap hub takes no further word but replay")
        }
        do throws(BusError) {
            let keys = try context.loadKeys(of: .tap)
            let hub = try Hub(
                inAddress: settings.tapIn,
                outAddress: settings.tapOut,
                keys: keys,
                isReplay: isReplay
            )
            try await hub.start()
            return HubService(hub, [("in", hub.inAddress), ("out", hub.outAddress)])
        } catch {
            throw [.keys, .address, .gate].contains(error.code)
                ? LaunchError.configuration(error.message) : LaunchError.failure(error.message)
        }
    }

    /// Nothing is kept, so there is nothing to finish.
    func drain(within limit: Duration) async {}

    func stop() async { await hub.stop() }
}
