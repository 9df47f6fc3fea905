import HTTP
import JSON
import Service

/// `martlet connector …`.
enum ConnectorCommands {
    static let all = [
        Command(
            name: "connector create",
            operands: "NAME",
            summary: "stores a provider's credentials under a name",
            details: """
                A credential's value may be env:VARIABLE or @FILE, which keeps it out of the shell's history:
                  martlet connector create work --type openai_apikey --credential api_key=env:OPENAI_API_KEY
                """,
            options: [
                Option(name: "type", value: "TYPE", meaning: "openai_apikey, openai_compatible, anthropic_apikey, …"),
                Option(
                    name: "credential",
                    value: "NAME=VALUE",
                    meaning: "one field of the type's; may come repeatedly"
                ),
                Option(name: "model", value: "MODEL", meaning: "the model for calls that name none"),
                Option(name: "default", meaning: "makes it the default"),
            ] + Option.client,
            action: .client(create)
        ),
        Command(
            name: "connector list",
            summary: "lists connectors, never their secrets",
            options: Option.client,
            action: .client(list)
        ),
        Command(
            name: "connector test",
            operands: "NAME",
            summary: "asks the provider whether the credentials work",
            options: Option.client,
            action: .client(test)
        ),
    ]

    @NetLoop
    private static func create(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        guard let type = arguments.string("type"), arguments.operands.count == 1 else {
            throw CommandError(.usage, "a name and --type are needed; see --help")
        }
        var body = [
            JSONField("display_name", .string(arguments.operands[0])), JSONField("connector_type", .string(type)),
        ]
        if let model = arguments.string("model") { body.append(JSONField("model_hint", .string(model))) }
        for text in arguments.all("credential") { body.append(try credential(text)) }
        let connector = try await gateway.call("POST", "/api/connectors", .object(body))
        if arguments.has("default"), let id = connector["id"]?.string {
            try await gateway.call("POST", "/api/connectors/\(id)/default")
        }
        if arguments.has("json") { return Output.json(connector) }
        Terminal.line(Output.text(connector["id"]))
    }

    /// `api_key=env:OPENAI_API_KEY` as a member; errors name the field and never its value.
    static func credential(_ text: String) throws(CommandError) -> JSONField {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw CommandError(.usage, "--credential needs NAME=VALUE")
        }
        let (name, value) = (parts[0], parts[1])
        if value.hasPrefix("env:") {
            let variable = String(value.dropFirst(4))
            guard let text = Environment[variable] else {
                throw CommandError(.usage, "credential \(name): \(variable) isn't set")
            }
            return JSONField(name, .string(text))
        }
        if value.hasPrefix("@") {
            let path = String(value.dropFirst())
            guard let text = SmallFile.text(path) else {
                throw CommandError(.usage, "credential \(name): \(path) can't be read")
            }
            return JSONField(name, .string(String(text.reversed().drop(while: \.isWhitespace).reversed())))
        }
        return JSONField(name, .string(value))
    }

    @NetLoop
    private static func list(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        Output.list(
            try await gateway.call("GET", "/api/connectors"),
            [
                ("name", "display_name"), ("type", "connector_type"), ("status", "status"), ("default", "is_default"),
                ("health", "last_health_check_status"), ("tokens", "current_month_tokens"), ("id", "id"),
            ],
            asJSON: arguments.has("json")
        )
    }

    @NetLoop
    private static func test(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        guard let name = arguments.operands.first else { throw CommandError(.usage, "which connector?") }
        let connectors = try await gateway.call("GET", "/api/connectors")["items"]?.array ?? []
        let match = connectors.first { $0["id"]?.string == name || $0["display_name"]?.string == name }
        guard let id = match?["id"]?.string else { throw CommandError(.failed, "there is no connector \(name)") }
        let result = try await gateway.call("POST", "/api/connectors/\(id)/test")
        let works = result["success"]?.bool == true
        if arguments.has("json") {
            Output.json(result)
        } else {
            let word = works ? Terminal.styled("ok", .green) : Terminal.styled(Output.text(result["status"]), .red)
            Terminal.line("\(word)  \(Output.text(result["latency_ms"])) ms  \(Output.text(result["message"]))")
        }
        if !works { throw CommandError(.failed, "the connector doesn't work", cause: result["status"]?.string) }
    }
}
