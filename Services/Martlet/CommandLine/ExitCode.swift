/// How a command ends, after sysexits.h, so that scripts can tell a typing mistake from a cluster that isn't there.
enum ExitCode: Int32, Sendable {
    case ok = 0
    /// The cluster answered, and the answer is no.
    case failed = 1
    /// The cluster works, and something of it doesn't.
    case degraded = 3
    /// The command line makes no sense.
    case usage = 64
    /// The cluster doesn't answer.
    case unavailable = 69
    /// Another try later may succeed: a rate limit, a cap, no ready service.
    case later = 75
    /// The key is missing, wrong, or not allowed to.
    case noPermission = 77
    /// Ctrl-C.
    case interrupted = 130
}

/// Why a command failed, for the person who typed it.
struct CommandError: Error, Sendable, CustomStringConvertible {
    let code: ExitCode
    /// A sentence that says what to do; never a key.
    let message: String
    /// The cluster's own typed code, when it gave one.
    var cause: String?

    init(_ code: ExitCode, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
