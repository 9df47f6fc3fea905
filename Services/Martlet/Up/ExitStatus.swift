/// How a child process ended.
enum ExitStatus: Equatable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    /// From the word that waitpid(2) fills in; its macros don't reach Swift.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .code((waitStatus >> 8) & 0xff) : .signal(signal)
    }

    var description: String {
        switch self {
        case .code(let code): "ended with code \(code)"
        case .signal(let signal): "was killed by signal \(signal)"
        }
    }
}
