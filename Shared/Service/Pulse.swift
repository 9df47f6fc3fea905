import Bus
import Glibc
import Loop
import Telemetry

/// A sign of life for a supervisor that looks into a container and can't ask over HTTP.
///
/// The running service writes a file every two seconds: the monotonic clock's time, then a line for each thing that
/// keeps it from its work. In between it visits its loops, so when one hangs the file grows old. Another process of the
/// same image, `<service> --health`, reads the file and answers with its exit code. The clock is the machine's, so the
/// wall clock's jumps change nothing, and a file from before a reboot lies in the future.
enum Pulse {
    /// Between two beats.
    static let interval = Duration.seconds(2)
    /// Past this age the service counts as dead: five beats missed.
    static let limit = Duration.seconds(10)
    /// The file is cut at this many bytes when it is read.
    private static let longest = 4_096

    /// What is asked.
    struct Question: Equatable {
        /// Whether what the service waits for counts too.
        let needsAll: Bool
        /// The rest of the command line.
        let otherArguments: [String]

        /// Nil when the command line asks nothing of the kind.
        init?(_ arguments: [String]) {
            let words: Set<String> = ["--health", "--alive"]
            guard arguments.contains(where: words.contains) else { return nil }
            needsAll = arguments.contains("--health")
            otherArguments = arguments.filter { !words.contains($0) }
        }
    }

    /// The answer.
    struct Verdict: Equatable {
        let isGood: Bool
        let sentence: String
    }

    // MARK: Writing

    /// Writes the file for as long as the process lives.
    static func keep(_ file: String, of service: some Running) async {
        var wasWritten = true
        while true {
            let isWritten = beat(file, at: .now, shortcomings: await service.shortcomings)
            if wasWritten, !isWritten { Log.error("the health file can't be written", ["file": file]) }
            wasWritten = isWritten
            await pause()
        }
    }

    /// Writes the file once; whoever reads it meanwhile sees the old one.
    static func beat(_ file: String, at now: Moment, shortcomings: [String]) -> Bool {
        let lines = [String(now.nanoseconds)] + shortcomings.map { $0.split(separator: "\n").joined(separator: " ") }
        let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        let draft = file + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { return false }
        let isWhole = write(descriptor, bytes, bytes.count) == bytes.count
        return close(descriptor) == 0 && isWhole && rename(draft, file) == 0
    }

    @BusLoop
    private static func pause() async {
        await withCheckedContinuation { continuation in
            BusLoop.after(interval) { continuation.resume() }
        }
    }

    // MARK: Reading

    /// What the file says about its service.
    static func verdict(on file: String, asking question: Question, now: Moment) -> Verdict {
        guard let text = read(file) else { return Verdict(isGood: false, sentence: "\(file) can't be read") }
        let lines = text.split(separator: "\n")
        guard let first = lines.first, let time = Int64(first) else {
            return Verdict(isGood: false, sentence: "\(file) is no health file")
        }
        let age = now - Moment(nanoseconds: time)
        guard age >= .zero, age <= limit else {
            return Verdict(isGood: false, sentence: "no sign of life for \(age.seconds.rounded()) s")
        }
        guard question.needsAll, lines.count > 1 else { return Verdict(isGood: true, sentence: "well") }
        return Verdict(isGood: false, sentence: lines.dropFirst().joined(separator: "; "))
    }

    private static func read(_ file: String) -> String? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: longest)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
