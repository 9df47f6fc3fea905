import HTTP
import JSON

/// `martlet key …` and `martlet user …`.
enum KeyCommands {
    private static let user = Option(name: "user", value: "NAME", meaning: "whose; a name or an id")

    static let all = [
        Command(
            name: "key create",
            summary: "makes a key for a user and shows it, this once",
            options: [user, Option(name: "name", value: "NAME", meaning: "what the key is for")] + Option.client,
            action: .client(createKey)
        ),
        Command(
            name: "key list",
            summary: "lists a user's keys, never the keys themselves",
            options: [user] + Option.client,
            action: .client(listKeys)
        ),
        Command(
            name: "user create",
            operands: "NAME",
            summary: "adds a user",
            options: [
                Option(name: "role", value: "ROLE", meaning: "user (default) or admin"),
                Option(name: "email", value: "ADDRESS", meaning: "where to write when a credential stops working"),
            ] + Option.client,
            action: .client(createUser)
        ),
        Command(name: "user list", summary: "lists users", options: Option.client, action: .client(listUsers)),
    ]

    @NetLoop
    private static func createKey(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        let body = JSONValue.object(arguments.string("name").map { [JSONField("name", .string($0))] } ?? [])
        let user = try await userID(arguments, gateway)
        let answer = try await gateway.call("POST", "/api/admin/users/\(user)/keys", body)
        if arguments.has("json") { return Output.json(answer) }
        Terminal.line(Output.text(answer["key"]))
    }

    @NetLoop
    private static func listKeys(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        Output.list(
            try await gateway.call("GET", "/api/admin/users/\(try await userID(arguments, gateway))/keys"),
            [("name", "name"), ("key", "key"), ("created", "created_at"), ("id", "id")],
            asJSON: arguments.has("json")
        )
    }

    @NetLoop
    private static func createUser(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        guard arguments.operands.count == 1 else { throw CommandError(.usage, "which name?") }
        var body = [
            JSONField("name", .string(arguments.operands[0])),
            JSONField("role", .string(arguments.string("role") ?? "user")),
        ]
        if let email = arguments.string("email") { body.append(JSONField("email", .string(email))) }
        let answer = try await gateway.call("POST", "/api/admin/users", .object(body))
        if arguments.has("json") { return Output.json(answer) }
        Terminal.line(Output.text(answer["id"]))
    }

    @NetLoop
    private static func listUsers(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        Output.list(
            try await gateway.call("GET", "/api/admin/users"),
            [("name", "name"), ("role", "role"), ("e-mail", "email"), ("created", "created_at"), ("id", "id")],
            asJSON: arguments.has("json")
        )
    }

    @NetLoop
    private static func userID(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) -> String {
        guard let name = arguments.string("user") ?? arguments.operands.first else {
            throw CommandError(.usage, "whose? --user NAME")
        }
        let users = try await gateway.call("GET", "/api/admin/users")["items"]?.array ?? []
        guard let id = users.first(where: { $0["id"]?.string == name || $0["name"]?.string == name })?["id"]?.string
        else { throw CommandError(.failed, "there is no user \(name)") }
        return id
    }
}
