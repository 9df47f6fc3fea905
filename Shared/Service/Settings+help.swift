extension Settings {
    /// What `--help` prints: every option with its flag, variable, default, unit and meaning, from the one table.
    public static func help(_ name: String, _ summary: String) -> String {
        var lines = ["usage: \(name) [--option value …]", ""]
        if !summary.isEmpty { lines += [summary, ""] }
        lines += ["Options, each also a variable of the environment:", ""]
        for setting in Setting.table {
            lines.append("  \(setting.flag)  \(setting.name)")
            lines.append("      \(setting.meaning)")
            lines.append("      \(form(of: setting))")
        }
        lines += [
            "", "Questions about a service that runs with the same health file, answered by the exit code:", "",
            "  --health", "      0 when it works and reaches what it needs.",
            "  --alive", "      0 when its loops turn, whatever it waits for.",
            "", "  --version", "      Prints the version and the wire protocol, and ends.",
            "", "Variables alone:", "",
            "  \(Setting.upstreamPrefix)<TYPE>",
            "      Replaces a provider type's address, for example \(Setting.upstreamPrefix)OPENAI_APIKEY.",
        ]
        for (type, name) in Setting.providerKeys {
            lines.append("  \(name)")
            lines.append("      The organisation's key for \(type), used when the store has no connector.")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func form(of setting: Setting) -> String {
        var parts: [String] = []
        switch setting.form {
        case .number(let range): parts.append("\(range.lowerBound) to \(range.upperBound) \(setting.unit)")
        case .choice(let words): parts.append(words.joined(separator: " | "))
        case .hostPort: parts.append("host:port")
        case .endpoint: parts.append("ZeroMQ address")
        case .path: parts.append("path")
        case .secret: parts.append("secret")
        case .text, .url: parts.append("text")
        }
        if !setting.fallback.isEmpty { parts.append("default \(setting.fallback)") }
        return parts.joined(separator: ", ")
    }
}
