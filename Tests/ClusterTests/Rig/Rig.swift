import Foundation
import JSON
import Support

@testable import Martlet

/// A whole cluster whose every service and every connection between them is in the test's hands.
///
/// Unlike ``LiveCluster`` nobody starts again what dies, and each service reaches the others through a ``Proxy`` of its
/// own. All ports are free ones; providers are simulated.
final class Rig: GatewayCalls {
    /// What one service reaches another by.
    enum Link: String, CaseIterable {
        case jobs = "MARTLET_JOBS"
        case control = "MARTLET_CONTROL"
        case audit = "MARTLET_AUDIT"
        case tapIn = "MARTLET_TAP_IN"

        var distance: Int {
            switch self {
            case .jobs: 1
            case .control: 3
            case .audit: 11
            case .tapIn: 21
            }
        }

        /// The service that listens.
        var server: String {
            switch self {
            case .jobs, .control: "gateway"
            case .audit: "audit-service"
            case .tapIn: "tap"
            }
        }
    }

    let folder = Folder()
    let services: [RigService]
    private let plan: ClusterPlan
    private var proxies: [String: Proxy] = [:]
    private(set) var url = ""
    private(set) var key = ""
    private(set) var simulatorURL = ""

    /// Lays a cluster out and, unless told otherwise, starts all of it.
    ///
    /// - Parameters:
    ///   - workers: how many image workers, `image-worker/1` and so on.
    ///   - environment: settings for every service.
    ///   - simulator: arguments for the simulated providers, such as `--image-ms 4000`.
    ///   - starts: whether to start the services; a test that changes their environments first calls ``start()`` itself.
    init(
        workers: Int = 2,
        environment: [String: String] = [:],
        simulator: [String] = [],
        starts: Bool = true
    ) async throws {
        guard let base = FreePorts.base(distances: ClusterPlan.portDistances) else {
            throw NeverHappened(description: "no free ports")
        }
        let data = folder.file("data")
        let plan = ClusterPlan(
            data: data,
            http: "127.0.0.1:0",
            basePort: base,
            workers: workers,
            simulates: true
        )
        self.plan = plan
        try KeysCommand.makeKeys(in: plan.keys, data: data)
        try SmallFile.makeFolder(plan.logs)
        var inherited = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "SWIFT_BACKTRACE": "enable=no"]
        inherited.merge(environment) { $1 }
        services = plan.services.map { service in
            RigService(
                name: service.name,
                executable: service.executable,
                arguments: service.arguments + (service.name == "provider-sim" ? simulator : []),
                environment: plan.environment(over: inherited, for: service),
                log: plan.logPath(of: service)
            )
        }
        try interpose()
        if starts { try await start() }
    }

    /// Every service's way to every other goes through a proxy of its own.
    private func interpose() throws {
        for service in services where service.name != "provider-sim" {
            for link in Link.allCases where link.server != service.name {
                let proxy = try Proxy(to: plan.basePort + link.distance)
                proxies["\(service.name) \(link)"] = proxy
                service.environment[link.rawValue] = "tcp://127.0.0.1:\(proxy.port)"
            }
        }
    }

    deinit {
        for proxy in proxies.values { proxy.close() }
    }

    /// Starts what doesn't run, in the plan's order, and waits until the gateway serves.
    func start() async throws {
        for service in services where !service.isRunning { try await start(service.name) }
    }

    /// Starts one service; a gateway that comes back serves where it served before.
    func start(_ name: String) async throws {
        let service = try service(name)
        try await service.start()
        let address = service.readyLine?.split(separator: " ").first { $0.hasPrefix("http=") }?.dropFirst(5)
        if name == "provider-sim" { simulatorURL = "http://" + (address ?? "") }
        guard name == "gateway", let address else { return }
        url = "http://" + address
        service.environment["MARTLET_HTTP"] = String(address)
        let file = (service.environment["MARTLET_DATA"] ?? data) + "/admin.key"
        let made = try? String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        key = service.environment["MARTLET_ADMIN_KEY"] ?? made ?? ""
    }

    /// Ends every service as an operator would: those that send first, then those that are sent to.
    func stop() async throws {
        for stage in 0...2 {
            let names = plan.services.filter { $0.stage == stage }.map(\.name)
            let running = services.filter { names.contains($0.name) && $0.isRunning }
            for service in running {
                service.thaw()
                service.signal(SIGTERM)
            }
            for service in running { try await service.gone(within: .seconds(40)) }
        }
    }

    // MARK: Its parts

    func service(_ name: String) throws -> RigService {
        guard let service = services.first(where: { $0.name == name }) else {
            throw NeverHappened(description: "there is no \(name)")
        }
        return service
    }

    /// The image workers' names.
    var workers: [String] { services.map(\.name).filter { $0.hasPrefix("image-worker/") } }

    /// What stands between a service and what it connects to.
    func proxy(_ name: String, _ link: Link) throws -> Proxy {
        guard let proxy = proxies["\(name) \(link)"] else {
            throw NeverHappened(description: "\(name) doesn't connect to \(link)")
        }
        return proxy
    }

    /// Where the server of a link listens, past all proxies.
    func address(_ link: Link) -> String { "tcp://127.0.0.1:\(plan.basePort + link.distance)" }

    /// Where everything lies that the services share.
    var data: String { plan.data }

    func text(_ name: String) -> String {
        (try? String(contentsOfFile: folder.file(name), encoding: .utf8)) ?? ""
    }

    /// What the simulator counted.
    func simulatorStatistics() async throws -> JSONValue {
        try await Calls.call("GET", simulatorURL + "/sim/stats", "", headers: []).json
    }

    /// Runs a program of the cluster, such as `tap` or `martlet`, with an admin's settings; its exit code and output.
    func run(
        _ executable: String,
        _ arguments: [String],
        environment changes: [String: String] = [:],
        within limit: Duration = .seconds(30)
    ) async throws -> (code: Int32, output: String) {
        let program = try program(executable, arguments)
        program.environment.merge(changes) { $1 }
        try await program.launch()
        try await program.gone(within: limit)
        return (program.exitStatus ?? -1, program.output)
    }

    /// Starts a program of the cluster with an admin's settings, and doesn't wait for its end.
    func launch(_ executable: String, _ arguments: [String]) async throws -> RigService {
        let program = try program(executable, arguments)
        try await program.launch()
        return program
    }

    /// A program of the cluster with an admin's settings, not started yet.
    func program(_ executable: String, _ arguments: [String]) throws -> RigService {
        // Its clock is the machine's, whatever the gateway's is: libfaketime also takes a Swift program its arguments.
        var environment = try service("gateway").environment
            .filter { $0.key != "LD_PRELOAD" && !$0.key.hasPrefix("FAKETIME") }
        environment[Link.tapIn.rawValue] = address(.tapIn)
        environment["MARTLET_INSTANCE"] = "test"
        environment["MARTLET_URL"] = url
        environment["MARTLET_KEY"] = key
        return RigService(
            name: executable,
            executable: executable,
            arguments: arguments,
            environment: environment,
            log: folder.file("\(executable)-\(UUID().uuidString).out")
        )
    }
}
