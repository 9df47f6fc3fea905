import Glibc
import JSON
import Providers

/// `martlet bench translate`: what the canonical model costs, without any I/O.
enum TranslateBench {
    static let command = Command(
        name: "bench translate",
        summary: "measures the translation between dialects, on one thread and without a network",
        details: """
            For each dialect: a request of about 2 KB from OpenAI's form into the dialect, and a piece of a streamed
            answer out of it into OpenAI's form again. The least of five rounds counts.
            """,
        options: [
            Option(name: "times", value: "N", meaning: "pieces and requests in a round (default 20000)"),
            Option(name: "json", meaning: "prints JSON"),
        ],
        action: .local(run)
    )

    /// Microseconds of one dialect.
    struct Figure {
        let dialect: String
        let request: Double
        let chunk: Double
    }

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        let times = try arguments.int("times", in: 100...10_000_000) ?? 20_000
        var figures: [Figure] = []
        for sample in TranslateSample.all {
            Terminal.progress("\(sample.dialect.name)")
            figures.append(try measure(sample, times))
        }
        Terminal.progress("")
        if arguments.has("json") {
            Terminal.line(json(figures))
        } else {
            Terminal.line("dialect               request µs   chunk µs")
            for figure in figures {
                let name = figure.dialect.padded(to: 20)
                Terminal.line(
                    "\(name)  \(figure.request.fixed.padded(left: 10))  \(figure.chunk.fixed.padded(left: 9))"
                )
            }
        }
        return .ok
    }

    private static func json(_ figures: [Figure]) -> String {
        let bytes = JSONWriter.object { writer in
            writer.field(
                "dialects",
                array: { list in
                    for figure in figures {
                        list.object { entry in
                            entry.field("dialect", figure.dialect)
                            entry.field("request_us", figure.request)
                            entry.field("chunk_us", figure.chunk)
                        }
                    }
                }
            )
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func measure(_ sample: TranslateSample, _ times: Int) throws(CommandError) -> Figure {
        do throws(ProviderError) {
            let request = try best { () throws(ProviderError) in
                for _ in 0..<times {
                    let request = try OpenAISurface().request(from: TranslateSample.request)
                    guard try !sample.codec.body(for: request).isEmpty else { throw unread(sample) }
                }
            }
            let chunk = try best { () throws(ProviderError) in
                guard try stream(sample, times) >= times else { throw unread(sample) }
            }
            return Figure(
                dialect: sample.dialect.name,
                request: request / Double(times),
                chunk: chunk / Double(times)
            )
        } catch {
            throw CommandError(.failed, "\(sample.dialect.name): \(error.message)")
        }
    }

    private static func unread(_ sample: TranslateSample) -> ProviderError {
        ProviderError(.malformedResponse, "the sample was not read as it should be")
    }

    /// The least processor time of five rounds, microseconds.
    private static func best(_ body: () throws(ProviderError) -> Void) throws(ProviderError) -> Double {
        var least = Double.infinity
        for _ in 0..<5 {
            let begun = threadTime()
            try body()
            least = min(least, threadTime() - begun)
        }
        return least
    }

    /// Microseconds that this thread has had of the processor.
    private static func threadTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1_000_000 + Double(time.tv_nsec) / 1_000
    }

    /// Reads that many pieces, one at a time as they would come, and writes them again; how many texts came.
    private static func stream(_ sample: TranslateSample, _ times: Int) throws(ProviderError) -> Int {
        var reader = sample.codec.streamReader()
        let facts = AnswerFacts(id: "bench", model: "bench", createdAt: 0)
        var writer = OpenAISurface().streamWriter(facts, includesUsage: true)
        var output: [UInt8] = []
        var texts = 0
        for turn in 0...times {
            let piece = turn == 0 ? sample.opening : sample.piece
            var failure: ProviderError?
            output.removeAll(keepingCapacity: true)
            piece.withUnsafeBytes { bytes in
                do throws(ProviderError) {
                    try reader.feed(bytes) { event in
                        if case .text = event { texts += 1 }
                        writer.write(event, to: &output)
                    }
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
        return texts
    }
}

extension Double {
    /// With two digits behind the point.
    fileprivate var fixed: String {
        let hundredths = Int((self * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
