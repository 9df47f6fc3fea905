/// The command line.
struct Options: Equatable, Sendable {
    var address = "127.0.0.1:9900"
    var latency: Duration = .milliseconds(150)
    var chunkDelay: Duration = .milliseconds(25)
    var imageTime: Duration = .milliseconds(1_500)
    var rulesFile: String?
    var seed: UInt64 = 1
    var bench = false
    var strict = false
    var obfuscation = true
    var help = false
    var version = false
    /// Asks the simulator that runs at `address` whether it serves, instead of being one.
    var asksHealth = false

    static let usage = """
        provider-sim: an honest simulator of AI providers' wire formats

          --http HOST:PORT      where to listen; port 0 takes a free one   (127.0.0.1:9900)
          --latency-ms N        until an answer begins                     (150)
          --chunk-delay-ms N    between two pieces of a stream             (25)
          --image-ms N          for each image                             (1500)
          --rules FILE          failures by rule, as JSON
          --seed N              decides the rules' probabilities           (1)
          --strict              refuse what the newest models refuse
          --no-obfuscation      leave out the padding field in streams
          --health              ask the simulator at --http: exit code 0 when it serves
          --version             say which version this is
          --bench               fixed answers without latency, checks or statistics

        Model names like a provider's own (gpt-, llama, flux and so on) work; others are not found. Names that behave:
        sim-fast, sim-slow, sim-error-STATUS, sim-quota, sim-moderated, sim-picky, sim-flaky, sim-cut, sim-stall,
        sim-reset, sim-malformed, sim-html-502, sim-empty-200, sim-200-error, sim-notapicture, sim-truncated, sim-bomb,
        sim-svg, sim-zero-images; with --bench also bench-NUMBERchunks and bench-NUMBERburst.
        Any key that begins with sk- and does not contain "bad" is accepted.

        """

    private static let valued = ["--http", "--rules", "--latency-ms", "--chunk-delay-ms", "--image-ms", "--seed"]

    /// What is wrong with a command line, for people.
    struct Mistake: Error, Equatable {
        let message: String
    }

    init() {}

    /// Reads arguments without the program's name: `--name value` or `--name=value`.
    init(_ arguments: [String]) throws(Mistake) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            switch parts.first ?? "" {
            case "--bench": bench = true
            case "--strict": strict = true
            case "--no-obfuscation": obfuscation = false
            case "--health": asksHealth = true
            case "--help", "-h": help = true
            case "--version": version = true
            case let name:
                guard Self.valued.contains(name) else {
                    throw Mistake(message: "no option is called \(name); --help lists them")
                }
                guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                    throw Mistake(message: "\(name) needs a value; --help lists the options")
                }
                try set(name, value)
            }
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(Mistake) {
        switch name {
        case "--http": address = value
        case "--rules": rulesFile = value
        case "--latency-ms": latency = try Self.milliseconds(name, value)
        case "--chunk-delay-ms": chunkDelay = try Self.milliseconds(name, value)
        case "--image-ms": imageTime = try Self.milliseconds(name, value)
        case "--seed":
            guard let number = UInt64(value) else {
                throw Mistake(message: "--seed takes a whole number, not \(value)")
            }
            seed = number
        default:
            throw Mistake(message: "no option is called \(name); --help lists them")
        }
    }

    private static func milliseconds(_ name: String, _ value: String) throws(Mistake) -> Duration {
        guard let number = Int64(value), (0...3_600_000).contains(number) else {
            throw Mistake(message: "\(name) takes milliseconds from 0 to 3600000, not \(value)")
        }
        return .milliseconds(number)
    }
}
