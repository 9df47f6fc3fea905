import HTTP
import JSON

/// `martlet status`.
enum StatusCommand {
    static let command = Command(
        name: "status",
        summary: "says whether the cluster serves, and what is degraded",
        options: Option.client,
        action: .client(run)
    )

    @NetLoop
    private static func run(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        let (status, body) = try await gateway.status("/health/readiness")
        let serves = status == 200
        if arguments.has("json") {
            Output.json(["url": .string(gateway.url), "ready": .bool(serves), "readiness": body ?? .null])
        } else {
            let word = serves ? Terminal.styled("ready", .green) : Terminal.styled("not ready", .red)
            Terminal.line("\(gateway.url)  \(word)")
            for field in body?.object ?? [] { show(field, indent: "  ") }
        }
        if !serves { throw CommandError(.later, "the cluster doesn't serve", cause: "HTTP \(status)") }
    }

    private static func show(_ field: JSONField, indent: String) {
        if let members = field.value.object {
            Terminal.line("\(indent)\(field.name)")
            for member in members { show(member, indent: indent + "  ") }
        } else {
            Terminal.line("\(indent)\(field.name.padded(to: 16)) \(Output.text(field.value))")
        }
    }
}
