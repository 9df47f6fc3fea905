import Glibc
import JSON
import Loop

/// `martlet bench chat`.
enum BenchCommand {
    static let command = Command(
        name: "bench chat",
        summary: "measures what the gateway costs, beside nginx and no hop at all",
        details: """
            Starts a simulated provider, nginx (when it is installed) and a cluster on free ports, and sends the same
            chat request through each in turn, with authentication, connector lookup and call log as in service. Each
            figure is the median over the rounds; added p50 is taken against the direct way in the same round.
            """,
        options: [
            Option(name: "connections", value: "LIST", meaning: "loads to try (default 1,16,64)"),
            Option(name: "rounds", value: "N", meaning: "how often each is measured (default 3)"),
            Option(name: "seconds", value: "N", meaning: "how long each time (default 2)"),
            Option(name: "model", value: "MODEL", meaning: "what is asked for (default gpt-5-mini)"),
            Option(name: "no-pin", meaning: "leaves processes free to move between processors"),
            Option(name: "json", value: "FILE", meaning: "writes the figures there too"),
        ],
        action: .local(run)
    )

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        // Shown when all has stopped: a reader that leaves early ends this process where it stands.
        try show(try measured(arguments), arguments)
        return .ok
    }

    private static func measured(_ arguments: Arguments) throws(CommandError) -> BenchReport {
        let cases = try loads(arguments.string("connections") ?? "1,16,64")
        let rounds = try arguments.int("rounds", in: 1...100) ?? 3
        let time = Duration.seconds(try arguments.int("seconds", in: 1...60) ?? 2)
        let model = arguments.string("model") ?? "gpt-5-mini"
        signal(SIGCHLD, SIG_DFL)
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var rig = try BenchRig(folder: folder, model: model)
        defer { rig.stop() }
        if !arguments.has("no-pin"), sysconf(Int32(_SC_NPROCESSORS_ONLN)) >= 2 { rig.pin() }
        var report = BenchReport()
        report.startToAnswer = rig.startToAnswer
        report.load.before = loadAverage
        let idle = rig.services.map { ProcessUsage(pid: $0.pid)?.residentBytes ?? 0 }
        for round in 1...rounds {
            for load in cases {
                for arm in rig.arms(streams: load.streams) {
                    Terminal.progress("round \(round) of \(rounds): \(load.name) through \(arm.name)")
                    report.add(try measure(arm, load, model, time), load, arm: arm.name)
                }
            }
        }
        Terminal.progress("")
        report.memory = zip(rig.services, idle).map { service, before in
            (service.name, before, ProcessUsage(pid: service.pid)?.residentBytes ?? 0)
        }
        report.load.after = loadAverage
        return report
    }

    private static var loadAverage: String {
        SmallFile.text("/proc/loadavg")?.split(separator: " ").first.map(String.init) ?? ""
    }

    private static func loads(_ list: String) throws(CommandError) -> [BenchCase] {
        let counts = list.split(separator: ",").compactMap { Int($0) }
        guard !counts.isEmpty, counts.allSatisfy({ (1...4_096).contains($0) }) else {
            throw CommandError(.usage, "--connections takes numbers like 1,16,64")
        }
        return [false, true].flatMap { streams in counts.map { BenchCase(streams: streams, connections: $0) } }
    }

    /// One load through one arm.
    static func measure(
        _ arm: Arm,
        _ load: BenchCase,
        _ model: String,
        _ time: Duration
    ) throws(CommandError) -> BenchPoint {
        let request = arm.request(streams: load.streams, model: model)
        var generator = try LoadGenerator(port: arm.port, request: request, connections: load.connections)
        defer { generator.close() }
        var before: ProcessUsage?
        let sample = try generator.run(warmUp: .milliseconds(300), time: time) {
            before = arm.pid.flatMap { ProcessUsage(pid: $0) }
        }
        let after = arm.pid.flatMap { ProcessUsage(pid: $0) }
        let cpu = before.flatMap { before in after.map { $0.cpu - before.cpu } }
        return try BenchPoint(sample, cpu: cpu, through: arm.name)
    }

    private static func show(_ report: BenchReport, _ arguments: Arguments) throws(CommandError) {
        let (heads, rows) = report.table
        Output.table(heads, rows)
        Terminal.line()
        Output.table(
            ["service", "RSS idle MB", "RSS after load MB"],
            report.memory.map { row in
                [row.service] + [row.idle, row.loaded].map { BenchReport.text(Double($0) / 1e6, 1) }
            }
        )
        Terminal.line()
        Terminal.line("start to first answer: \(report.startToAnswer.map { "\($0.milliseconds) ms" } ?? "–")")
        Terminal.line("load average before and after: \(report.load.before), \(report.load.after)")
        guard let path = arguments.string("json") else { return }
        var writer = JSONWriter()
        writer.value(report.json)
        try SmallFile.write(writer.bytes + [UInt8(ascii: "\n")], to: path)
    }
}
