import Service

/// `martlet up`.
enum UpCommand {
    static let command = Command(
        name: "up",
        summary: "runs every service of a cluster on this machine until it is told to stop",
        details: """
            Prints one line, `ready http=… pid=… gateway=… …`, when the cluster serves. A service that dies is started
            again; SIGTERM or Ctrl-C stops all in order, a second one at once. Logs are in <data>/logs.
            """,
        options: [
            .data,
            Option(name: "http", value: "HOST:PORT", meaning: "the gateway's address; port 0 takes a free one"),
            Option(name: "base-port", value: "N", meaning: "moves ports 7601 … 7622 to N+1 … N+22; 0 takes free ones"),
            Option(name: "workers", value: "N", meaning: "image workers (default 1)"),
            Option(name: "simulate", meaning: "uses simulated providers"),
        ],
        action: .local(run)
    )

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        Signals.followParent()
        let base = try arguments.int("base-port", in: 0...65_000) ?? ClusterPlan.defaultBasePort
        guard let basePort = base == 0 ? FreePorts.base(distances: ClusterPlan.portDistances) : base else {
            throw CommandError(.unavailable, "no free ports found")
        }
        let plan = ClusterPlan(
            data: arguments.data,
            http: arguments.string("http") ?? Environment["MARTLET_HTTP"] ?? "127.0.0.1:8080",
            basePort: basePort,
            workers: try arguments.int("workers", in: 0...64) ?? 1,
            simulates: arguments.has("simulate")
        )
        try KeysCommand.makeKeys(in: plan.keys, data: plan.data)
        try SmallFile.makeFolder(plan.logs)
        var supervisor = Supervisor(plan, folder: ChildProcess.folder(), inherited: Environment.all)
        defer { RunningCluster.withdraw(in: plan.data) }
        guard try supervisor.run() == 0 else {
            throw CommandError(.failed, "the cluster is down; the services' logs are in \(plan.logs)")
        }
        return .ok
    }
}
