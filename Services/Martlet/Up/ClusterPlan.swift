import Glibc
import Service

/// Which services a cluster on one machine has, where they listen and what they are told.
struct ClusterPlan {
    /// Where everything lies.
    let data: String
    /// `host:port`; port 0 takes a free one.
    let http: String
    /// The services' ZeroMQ ports are this plus a fixed distance each.
    let basePort: Int
    let workers: Int
    /// Whether the providers are simulated.
    let simulates: Bool

    /// Gives 7601, 7603, 7611, 7621 and 7622.
    static let defaultBasePort = 7_600
    /// Distances from the base: jobs, control, audit, tap in, tap out, simulator.
    static let portDistances = [1, 3, 11, 21, 22, 90]

    private var simulatorPort: Int { basePort + 90 }

    /// One service of the cluster.
    struct Service {
        /// As shown to the operator: `image-worker/2`.
        let name: String
        /// The executable's file name.
        let executable: String
        var arguments: [String] = []
        /// Stages stop in ascending order.
        let stage: Int

        /// As messages and files carry it: `image-worker-2`.
        var instance: String { String(name.map { $0 == "/" ? "-" : $0 }) }
    }

    /// Where a service's log lies.
    func logPath(of service: Service) -> String { "\(logs)/\(service.instance).log" }

    /// The folder of the CURVE keys.
    var keys: String { data + "/keys" }

    /// The folder of the logs.
    var logs: String { data + "/logs" }

    /// In the order of their start.
    var services: [Service] {
        let simulator = Service(
            name: "provider-sim",
            executable: "provider-sim",
            arguments: ["--http", "127.0.0.1:\(simulatorPort)"],
            stage: 2
        )
        return (simulates ? [simulator] : []) + [
            Service(name: "tap", executable: "tap", arguments: ["hub"], stage: 2),
            Service(name: "audit-service", executable: "audit-service", stage: 1),
            Service(name: "gateway", executable: "gateway", stage: 0),
        ]
            + (0..<workers).map { Service(name: "image-worker/\($0 + 1)", executable: "image-worker", stage: 0) }
            + [Service(name: "health-monitor", executable: "health-monitor", stage: 0)]
    }

    /// What a service is told, over what this process was told itself.
    func environment(over inherited: [String: String], for service: Service) -> [String: String] {
        var all = inherited
        all["MARTLET_PARENT"] = String(getpid())
        all["MARTLET_DRAIN_S"] = inherited["MARTLET_DRAIN_S"] ?? "10"
        all["MARTLET_DATA"] = data
        all["MARTLET_KEYS"] = keys
        all["MARTLET_HTTP"] = http
        all["MARTLET_INSTANCE"] = service.instance
        all["SWIFT_BACKTRACE"] = inherited["SWIFT_BACKTRACE"] ?? "enable=no"
        let names = ["MARTLET_JOBS", "MARTLET_CONTROL", "MARTLET_AUDIT", "MARTLET_TAP_IN", "MARTLET_TAP_OUT"]
        for (name, distance) in zip(names, Self.portDistances) {
            all[name] = "tcp://127.0.0.1:\(basePort + distance)"
        }
        if simulates {
            for (type, name) in Self.simulatedTypes {
                all["\(Setting.upstreamPrefix)\(type)"] = "http://127.0.0.1:\(simulatorPort)/\(name)"
            }
            for (name, value) in Self.simulatedKeys { all[name] = value }
        }
        return all
    }

    /// Connector types, and the part of the simulator's addresses that is theirs.
    private static let simulatedTypes = [
        ("OPENAI_APIKEY", "openai"), ("ANTHROPIC_APIKEY", "anthropic"), ("GEMINI_APIKEY", "gemini"),
        ("AZURE_OPENAI", "azure"), ("BEDROCK", "bedrock"), ("OPENROUTER_APIKEY", "openrouter"), ("XAI_APIKEY", "xai"),
        ("RUNWARE", "runware"),
    ]

    /// Keys of the right shape that open nothing; they take the place of real ones, which the simulator must not see.
    private static let simulatedKeys = [
        "OPENAI_API_KEY": "sk-simulated-openai-0123456789abcdef",
        "ANTHROPIC_API_KEY": "sk-ant-simulated-0123456789abcdef",
        "GEMINI_API_KEY": "AIzaSimulated0123456789abcdef0123456789",
        "OPENROUTER_API_KEY": "sk-or-v1-simulated0123456789abcdef",
        "XAI_API_KEY": "xai-simulated-0123456789abcdef",
        "RUNWARE_API_KEY": "simulatedRunware0123456789abcdef",
    ]
}
