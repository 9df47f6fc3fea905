import Bus
import JSON
import Pictures
import Providers
import Service
import Telemetry
import Wire

@main
struct Main {
    static func main() {
        Launch.run(
            "image-worker",
            summary: "Takes image jobs from the gateway, calls the provider, checks and converts the picture.",
            startWorker
        )
    }
}

/// Starts the service: the library that reads pictures first, so that a machine without it is told so at once.
private func startWorker(_ context: LaunchContext) async throws -> any Running {
    let settings = context.settings
    do throws(PictureError) {
        try await startPictures()
    } catch {
        throw LaunchError.unavailable(error.message)
    }
    let keys: KeyRing
    do throws(BusError) {
        keys = try KeyRing.load(directory: settings.keys, role: .imageWorker)
    } catch {
        throw LaunchError.configuration(error.description)
    }
    var parts = Worker.Parts(
        jobs: settings.jobs,
        keys: keys,
        source: context.identity.source,
        spoolFolder: settings.data + "/spool"
    )
    parts.limits.slots = settings.slots
    parts.spoolBytes = settings.spoolBytes
    parts.upstreams = settings.upstreams
    parts.tellsTrace = settings.tracesUpstream
    parts.prices = try prices(settings)
    return try await ImageWorkerService(parts, context)
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

@PixelLoop
private func startPictures() throws(PictureError) { try Pictures.start() }

/// The running service, as the launcher stops it.
struct ImageWorkerService: Running {
    private let worker: Worker
    private let outbox: OwnOutbox
    private let jobs: String

    init(_ parts: Worker.Parts, _ context: LaunchContext) async throws {
        let tap = await context.tapPoint(parts.keys)
        worker = try await Worker(parts, tap: tap)
        outbox = try await OwnOutbox.open(context, role: .imageWorker, keys: parts.keys, tap: tap)
        jobs = parts.jobs
        try await worker.start()
    }

    var ready: [(name: String, value: String)] { [("jobs", jobs)] }

    var shortcomings: [String] {
        get async {
            await worker.turn()
            return await worker.shortcomings
        }
    }

    func drain(within limit: Duration) async {
        // A second is left for what was said last to leave.
        await worker.drain(within: max(.zero, limit - .seconds(1)))
    }

    func stop() async {
        await outbox.close()
        await worker.close()
    }
}
