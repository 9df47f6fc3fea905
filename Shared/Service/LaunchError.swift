/// Why a process can't start or go on: one clear sentence and the exit code of sysexits.h that goes with it.
public struct LaunchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence; it never holds a secret.
    public let sentence: String
    /// What the process exits with.
    public let exitCode: Int32

    /// A sentence with an exit code.
    public init(_ sentence: String, exitCode: Int32) {
        self.sentence = sentence
        self.exitCode = exitCode
    }

    /// The command line is wrong: 64 (EX_USAGE).
    public static func usage(_ sentence: String) -> LaunchError { LaunchError(sentence, exitCode: 64) }

    /// Something that is needed isn't there: 69 (EX_UNAVAILABLE).
    public static func unavailable(_ sentence: String) -> LaunchError { LaunchError(sentence, exitCode: 69) }

    /// Martlet itself failed: 70 (EX_SOFTWARE).
    public static func failure(_ sentence: String) -> LaunchError { LaunchError(sentence, exitCode: 70) }

    /// The operator must change something first; starting again won't help: 78 (EX_CONFIG).
    public static func configuration(_ sentence: String) -> LaunchError { LaunchError(sentence, exitCode: 78) }

    /// The sentence.
    public var description: String { sentence }
}
