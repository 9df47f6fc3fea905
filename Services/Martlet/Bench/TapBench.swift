import Glibc
import Loop
import Service

/// `martlet bench tap`: what it costs the gateway that somebody watches.
enum TapBench {
    static let command = Command(
        name: "bench tap",
        summary: "measures what a tap costs the gateway: with nobody watching, headers watched, payloads watched",
        details: """
            Starts a cluster and a simulated provider as bench chat does, and sends the same chat request over and
            over while a tap records nothing, all headers, or all payloads. The cost is the gateway's processor time
            per request against the unwatched figure of the same round; figures are medians over the rounds.
            """,
        options: [
            Option(name: "connections", value: "N", meaning: "the load (default 16)"),
            Option(name: "rounds", value: "N", meaning: "how often each is measured (default 5)"),
            Option(name: "seconds", value: "N", meaning: "how long each time (default 2)"),
        ],
        action: .local(run)
    )

    private enum Watch: String, CaseIterable {
        case unwatched, headers, payloads
    }

    private struct Figure {
        var point: BenchPoint
        var summary = ""
    }

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        show(try measured(arguments))
        return .ok
    }

    private static func measured(_ arguments: Arguments) throws(CommandError) -> [Watch: [Figure]] {
        let connections = try arguments.int("connections", in: 1...4_096) ?? 16
        let rounds = try arguments.int("rounds", in: 1...100) ?? 5
        let time = Duration.seconds(try arguments.int("seconds", in: 1...60) ?? 2)
        signal(SIGCHLD, SIG_DFL)
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var rig = try BenchRig(folder: folder, model: "gpt-5-mini")
        defer { rig.stop() }
        if sysconf(Int32(_SC_NPROCESSORS_ONLN)) >= 2 { rig.pin() }
        let load = BenchCase(streams: false, connections: connections)
        guard let arm = rig.arms(streams: false).last else { return [:] }
        _ = try BenchCommand.measure(arm, load, "gpt-5-mini", time)
        var figures: [Watch: [Figure]] = [:]
        for round in 1...rounds {
            for watch in Watch.allCases {
                Terminal.progress("round \(round) of \(rounds): \(watch.rawValue)")
                let tap = try start(watch, rig, "\(folder)/\(watch.rawValue)-\(round)")
                var figure = Figure(point: try BenchCommand.measure(arm, load, "gpt-5-mini", time))
                tap?.stop(within: .seconds(5))
                figure.summary = summary("\(folder)/\(watch.rawValue)-\(round)")
                figures[watch, default: []].append(figure)
            }
        }
        Terminal.progress("")
        return figures
    }

    /// A tap that records to a file, once its subscriptions are in place; nil for nobody watching.
    private static func start(_ watch: Watch, _ rig: BenchRig, _ path: String) throws(CommandError) -> BenchProcess? {
        guard watch != .unwatched else { return nil }
        var environment = Environment.all
        environment["MARTLET_TAP_OUT"] = rig.tapAddress
        environment["MARTLET_KEYS"] = rig.keys
        let tap = try BenchProcess(
            "\(ChildProcess.folder())/tap",
            ["record", path + ".mtl"] + (watch == .payloads ? ["--payload"] : []),
            environment: environment,
            logPath: path + ".log"
        )
        BenchProcess.pin(tap.pid, to: 0)
        let deadline = Moment.now + .seconds(10)
        while SmallFile.text(path + ".log")?.contains("subscribed") != true {
            guard Moment.now < deadline else {
                tap.stop(within: .seconds(1))
                throw CommandError(.failed, "the tap did not subscribe")
            }
            _ = poll(nil, 0, 20)
        }
        return tap
    }

    private static func summary(_ path: String) -> String {
        let lines = SmallFile.text(path + ".log")?.split(separator: "\n") ?? []
        return lines.last { $0.contains(" shown of ") }.map(String.init) ?? ""
    }

    private static func show(_ figures: [Watch: [Figure]]) {
        let base = figures[.unwatched] ?? []
        let rows = Watch.allCases.map { watch in
            let own = figures[watch] ?? []
            let point = BenchPoint.median(of: own.map(\.point))
            return [
                watch.rawValue, BenchReport.text(point.requestsPerSecond), BenchReport.text(point.cpuPerRequest, 1),
                cost(own, base) { $0.cpuPerRequest }, cost(base, own) { $0.requestsPerSecond },
                own.last?.summary ?? "",
            ]
        }
        Output.table(["tap", "requests/s", "CPU µs/request", "cost in CPU", "cost in requests/s", "last round"], rows)
    }

    /// By how many per cent the first figures exceed the second of the same rounds.
    private static func cost(_ some: [Figure], _ others: [Figure], _ value: (BenchPoint) -> Double?) -> String {
        let ratios = zip(some, others).compactMap { one, other -> Double? in
            guard let first = value(one.point), let second = value(other.point), second > 0 else { return nil }
            return (first / second - 1) * 100
        }
        return BenchPoint.median(ratios).map(percent) ?? ""
    }

    private static func percent(_ value: Double) -> String {
        let hundredths = Int((value.magnitude * 100).rounded())
        return "\(value < 0 ? "-" : "")\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10) %"
    }
}
