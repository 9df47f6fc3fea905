import Bus
import Glibc
import HTTP
import JSON
import Loop
import Service

/// `martlet bench audit`.
enum AuditBenchCommand {
    static let command = Command(
        name: "bench audit",
        summary: "measures the audit service, beside plain inserts into SQLite",
        details: """
            Starts an audit service of its own and sends it events over the bus as an outbox does. Each event is
            salted, hashed into the chain and committed with synchronous=FULL before it is acknowledged. The same
            events then go into SQLite directly, in transactions of 128. Figures are medians over the rounds.
            """,
        options: [
            Option(name: "events", value: "N", meaning: "events of each round (default 60000)"),
            Option(name: "rounds", value: "N", meaning: "how often each is measured (default 3)"),
            Option(name: "json", value: "FILE", meaning: "writes the figures there too"),
        ],
        action: .local(run)
    )

    private static let serviceName = "audit service"

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        let events = try arguments.int("events", in: 128...1_000_000) ?? 60_000
        let rounds = try arguments.int("rounds", in: 1...100) ?? 3
        signal(SIGCHLD, SIG_DFL)
        let status = ClientRun.run { @NetLoop () async throws(CommandError) in
            let figures = try await measure(events: events, rounds: rounds)
            try show(figures, events: events, to: arguments.string("json"))
        }
        return ExitCode(rawValue: status) ?? .failed
    }

    /// Events a second, and the service's processor time for each event, of one round.
    private struct Figure {
        let arm: String
        let rate: Double
        var cpu: Double?
    }

    @NetLoop
    private static func measure(events: Int, rounds: Int) async throws(CommandError) -> [Figure] {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try KeysCommand.makeKeys(in: "\(folder)/keys", data: folder)
        let service = try start(folder)
        defer { service.process.stop(within: .seconds(20)) }
        do {
            let load = try await AuditLoad(address: service.address, keys: "\(folder)/keys")
            try await load.open()
            var plain = try PlainInserts.Shape.allCases.map { shape in
                (shape, try PlainInserts(shape, path: "\(folder)/\(shape).db"))
            }
            let samples = AuditLoad.samples(1_024)
            var figures: [Figure] = []
            for round in 1...rounds {
                Terminal.progress("round \(round) of \(rounds)")
                let before = ProcessUsage(pid: service.process.pid)?.cpu ?? .zero
                let time = try await load.append(events)
                let cpu = (ProcessUsage(pid: service.process.pid)?.cpu ?? .zero) - before
                figures.append(figure(serviceName, events, time, cpu: cpu))
                for index in plain.indices {
                    let time = try plain[index].1.append(events, of: samples)
                    figures.append(figure(plain[index].0.rawValue, events, time))
                }
            }
            await load.close()
            Terminal.progress("")
            return figures
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.failed, "\(error)")
        }
    }

    private static func figure(_ arm: String, _ events: Int, _ time: Duration, cpu: Duration? = nil) -> Figure {
        Figure(arm: arm, rate: Double(events) / time.seconds, cpu: cpu.map { $0.seconds * 1e6 / Double(events) })
    }

    private static func start(_ folder: String) throws(CommandError) -> (process: BenchProcess, address: String) {
        var environment = Environment.all
        environment["MARTLET_DATA"] = "\(folder)/data"
        environment["MARTLET_KEYS"] = "\(folder)/keys"
        environment["MARTLET_AUDIT"] = "tcp://127.0.0.1:0"
        environment["MARTLET_LOG"] = "warning"
        let process = try BenchProcess(
            "\(ChildProcess.folder())/audit-service",
            [],
            environment: environment,
            logPath: "\(folder)/audit-service.log"
        )
        let line = try process.readyLine(within: .seconds(10))
        guard let word = line.first(where: { $0.hasPrefix("audit=") }) else {
            throw CommandError(.failed, "a ready line without an address: \(line.joined(separator: " "))")
        }
        return (process, String(word.dropFirst("audit=".count)))
    }

    private static func show(_ figures: [Figure], events: Int, to path: String?) throws(CommandError) {
        let arms = [serviceName] + PlainInserts.Shape.allCases.map(\.rawValue)
        let medians = arms.map { arm -> (arm: String, rate: Double, cpu: Double?) in
            let own = figures.filter { $0.arm == arm }
            return (arm, median(own.map(\.rate)), own.contains { $0.cpu != nil } ? median(own.compactMap(\.cpu)) : nil)
        }
        Output.table(
            ["arm", "events/s", "CPU µs/event"],
            medians.map { [$0.arm, BenchReport.text($0.rate, 0), $0.cpu.map { BenchReport.text($0, 1) } ?? "–"] }
        )
        Terminal.line()
        Terminal.line("events/s in each round of \(events) events:")
        for arm in arms {
            let rates = figures.filter { $0.arm == arm }.map { BenchReport.text($0.rate, 0) }
            Terminal.line("  \(arm): \(rates.joined(separator: ", "))")
        }
        guard let path else { return }
        let rows = medians.map { row -> JSONValue in
            [
                "arm": .string(row.arm), "events_per_s": JSONValue(row.rate),
                "cpu_us": row.cpu.map { JSONValue($0) } ?? .null,
            ]
        }
        var writer = JSONWriter()
        writer.value(["events": JSONValue(events), "arms": .array(rows)])
        try SmallFile.write(writer.bytes + [UInt8(ascii: "\n")], to: path)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
