import Glibc
import Loop
import Service

/// The processes of a benchmark: the simulated upstream, nginx in front of it, and a whole cluster in front of it.
struct BenchRig {
    private var processes: [BenchProcess] = []
    /// The cluster's services by name.
    private(set) var services: [(name: String, pid: Int32)] = []
    private(set) var startToAnswer: Duration?
    private var nginxPorts: (whole: Int, stream: Int, pid: Int32)?
    private var upstream: (port: Int, pid: Int32) = (0, 0)
    private var gateway: (port: Int, pid: Int32) = (0, 0)
    /// Where taps listen in the cluster.
    private(set) var tapAddress = ""
    private let folder: String
    private let key: String
    private let model: String

    /// Starts all, each on a free port, with its files in `folder`.
    init(folder: String, model: String) throws(CommandError) {
        self.folder = folder
        self.model = model
        key = "sk-mt-bench-0123456789abcdef0123456789abcdef"
        do throws(CommandError) {
            try startUpstream()
            try startNginx()
            try startCluster()
        } catch {
            stop()
            throw error
        }
    }

    /// The cluster's keys.
    var keys: String { "\(folder)/data/keys" }

    /// Stops what was started, the last first.
    mutating func stop() {
        for process in processes.reversed() { process.stop(within: .seconds(20)) }
        processes = []
    }

    /// The ways to the upstream for whole answers or for streams.
    func arms(streams: Bool) -> [Arm] {
        let direct = Arm(name: BenchReport.direct, port: upstream.port, pid: nil, key: key)
        let nginx = nginxPorts.map { Arm(name: "nginx", port: streams ? $0.stream : $0.whole, pid: $0.pid, key: key) }
        return [direct, nginx, Arm(name: "gateway", port: gateway.port, pid: gateway.pid, key: key)].compactMap { $0 }
    }

    /// Puts what is measured on one processor, and the generator and the upstream on the other.
    func pin() {
        BenchProcess.pin(getpid(), to: 0)
        BenchProcess.pin(upstream.pid, to: 0)
        BenchProcess.pin(gateway.pid, to: 1)
        if let nginxPorts { BenchProcess.pin(nginxPorts.pid, to: 1) }
    }

    // MARK: Starting

    private mutating func startUpstream() throws(CommandError) {
        let process = try BenchProcess(
            "\(ChildProcess.folder())/provider-sim",
            ["--bench", "--http", "127.0.0.1:0"],
            environment: Environment.all,
            logPath: "\(folder)/provider-sim.log"
        )
        processes.append(process)
        upstream = (try Self.port(in: process.readyLine(within: .seconds(10))), process.pid)
    }

    private mutating func startNginx() throws(CommandError) {
        guard let path = Nginx.path else { return }
        guard let base = FreePorts.base(distances: [1, 2]) else { throw CommandError(.unavailable, "no free ports") }
        let text = Nginx.configuration(folder: folder, port: base + 1, streamPort: base + 2, upstream: upstream.port)
        try SmallFile.write(Array(text.utf8), to: "\(folder)/nginx.conf")
        // nginx doesn't know whose death is its own; setpriv (util-linux) tells it and becomes it.
        let process = try BenchProcess(
            "/usr/bin/setpriv",
            ["--pdeathsig", "TERM", path, "-p", folder, "-c", "\(folder)/nginx.conf"],
            environment: Environment.all,
            logPath: "\(folder)/nginx.out"
        )
        processes.append(process)
        nginxPorts = (base + 1, base + 2, process.pid)
        try waitForAnswer(Arm(name: "nginx", port: base + 1, pid: nil, key: key))
    }

    private mutating func startCluster() throws(CommandError) {
        var environment = Environment.all
        // The operator's own keys would become connectors, and the health monitor would call real providers.
        for (_, name) in Setting.providerKeys { environment[name] = nil }
        environment["MARTLET_ADMIN_KEY"] = key
        environment["OPENAI_API_KEY"] = "sk-bench-0123456789abcdef0123456789abcdef"
        environment[Setting.upstreamPrefix + "OPENAI_APIKEY"] = "http://127.0.0.1:\(upstream.port)"
        environment["MARTLET_LOG"] = "warning"
        guard let base = FreePorts.base(distances: ClusterPlan.portDistances) else {
            throw CommandError(.unavailable, "no free ports")
        }
        tapAddress = "tcp://127.0.0.1:\(base + 22)"
        let start = Moment.now
        let process = try BenchProcess(
            "\(ChildProcess.folder())/martlet",
            ["up", "--data", "\(folder)/data", "--http", "127.0.0.1:0", "--base-port", "\(base)", "--workers", "1"],
            environment: environment,
            logPath: "\(folder)/up.log"
        )
        processes.append(process)
        let line = try process.readyLine(within: .seconds(40))
        services = line.compactMap { word in
            let parts = word.split(separator: "=")
            guard parts.count == 2, parts[0] != "pid", let pid = Int32(parts[1]) else { return nil }
            return (String(parts[0]), pid)
        }
        guard let pid = services.first(where: { $0.name == "gateway" })?.pid else {
            throw CommandError(.failed, "the cluster has no gateway")
        }
        gateway = (try Self.port(in: line), pid)
        try waitForAnswer(Arm(name: "gateway", port: gateway.port, pid: nil, key: key))
        startToAnswer = Moment.now - start
    }

    private static func port(in line: [String]) throws(CommandError) -> Int {
        guard let port = ChildOutput.httpPort(in: line.joined(separator: " ")) else {
            throw CommandError(.failed, "a ready line without an address: \(line.joined(separator: " "))")
        }
        return port
    }

    /// Sends one request at a time until one is answered with 200.
    private func waitForAnswer(_ arm: Arm) throws(CommandError) {
        let deadline = Moment.now + .seconds(10)
        var reason = ""
        while Moment.now < deadline {
            do throws(CommandError) {
                let request = arm.request(streams: false, model: model)
                var load = try LoadGenerator(port: arm.port, request: request, connections: 1)
                defer { load.close() }
                let status = try load.firstStatus(within: .seconds(5))
                if status == 200 { return }
                reason = "it answers \(status.map { "\($0)" } ?? "nothing")"
            } catch {
                reason = error.message
            }
            _ = poll(nil, 0, 5)
        }
        throw CommandError(.failed, "\(arm.name) doesn't serve: \(reason)")
    }
}
