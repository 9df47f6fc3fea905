import HTTP

/// One thing that `martlet` does.
struct Command: Sendable {
    /// How it is done.
    enum Action: Sendable {
        /// Here and now, on the main thread; the result is the exit code.
        case local(@Sendable (Arguments) throws(CommandError) -> ExitCode)
        /// By asking the gateway.
        case client(@Sendable @NetLoop (Arguments, GatewayClient) async throws(CommandError) -> Void)
    }

    /// What is typed: `connector create`.
    let name: String
    /// What follows it, for the help.
    var operands = ""
    let summary: String
    /// More than one line has room for, or nothing.
    var details = ""
    var options: [Option] = []
    let action: Action

    /// Its options and `--help`.
    var allOptions: [Option] { options + [.help] }

    /// The text behind `--help`.
    var help: String {
        let width = allOptions.map { Self.label($0).count }.max() ?? 0
        let rows = allOptions.map { "  \(Self.label($0).padded(to: width))  \($0.meaning)" }
        let usage = ["usage: martlet", name, "[options]", operands].filter { !$0.isEmpty }.joined(separator: " ")
        return ([usage, "", summary] + (details.isEmpty ? [] : ["", details]) + ["", "options:"] + rows)
            .joined(separator: "\n")
    }

    private static func label(_ option: Option) -> String {
        "--\(option.name)\(option.value.map { " \($0)" } ?? "")"
    }
}

extension String {
    /// With spaces behind, to that many characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    /// With spaces in front, to that many characters.
    func padded(left width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
