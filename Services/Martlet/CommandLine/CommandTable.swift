/// Every command, in the order of the help.
enum CommandTable {
    static let all: [Command] =
        [UpCommand.command, KeysCommand.command, StatusCommand.command, ChatCommand.command, ImageCommand.command]
        + ConnectorCommands.all + [PolicyCommand.command] + KeyCommands.all + AuditCommand.all
        + [BenchCommand.command, TranslateBench.command, TapBench.command, AuditBenchCommand.command]

    /// The command whose name the words begin with, the longest first, and the words behind it.
    static func find(_ words: [String]) -> (command: Command, rest: [String])? {
        for count in [2, 1] where words.count >= count {
            let name = words[..<count].joined(separator: " ")
            if let command = all.first(where: { $0.name == name }) { return (command, Array(words[count...])) }
        }
        return nil
    }

    /// The text behind `martlet --help`, or of a group: `martlet connector --help`.
    static func help(group: String? = nil) -> String {
        let listed = all.filter { group == nil || $0.name.hasPrefix("\(group ?? "") ") }
        let width = listed.map { $0.name.count + $0.operands.count + 1 }.max() ?? 0
        let rows = listed.map { "  \("\($0.name) \($0.operands)".padded(to: width))  \($0.summary)" }
        return """
            usage: martlet \(group ?? "COMMAND") …

            Runs a Martlet cluster and talks to it.

            \(rows.joined(separator: "\n"))

            Variables: MARTLET_URL is the gateway's address, MARTLET_KEY an API key (else admin.key in the data folder),
            MARTLET_MODEL the model of `chat`, and a service's own, which `gateway --help` lists.

            `--help` after a command lists its options; `--version` says which Martlet this is.
            """
    }

    static func isGroup(_ word: String) -> Bool { all.contains { $0.name.hasPrefix(word + " ") } }
}
