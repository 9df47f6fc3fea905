/// One option of a command: parsing, `--help` and error messages all come from here.
struct Option: Sendable {
    /// Without the dashes.
    let name: String
    /// What stands for the value in the help; nil for a flag.
    var value: String?
    let meaning: String

    static let help = Option(name: "help", meaning: "shows this")
    static let json = Option(name: "json", meaning: "prints JSON for scripts")
    static let data = Option(
        name: "data",
        value: "DIR",
        meaning: "where the cluster keeps everything (default MARTLET_DATA, else ./data)"
    )
    static let url = Option(
        name: "url",
        value: "URL",
        meaning: "the gateway (default MARTLET_URL, else the cluster of --data, else http://127.0.0.1:8080)"
    )

    /// What every command that talks to the gateway takes; the key comes from MARTLET_KEY or <data>/admin.key.
    static let client = [url, data, json]
}
