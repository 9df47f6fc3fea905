import HTTP
import JSON

/// `martlet policy`.
enum PolicyCommand {
    static let command = Command(
        name: "policy",
        operands: "[NAME=VALUE…]",
        summary: "shows the policy, or changes what is named",
        details: """
            NAME is a member as `martlet policy` shows it, or clear_default; an admin's key is needed:
              martlet policy llm_compatible_connector_enabled=false llm_call_log_retention_days=30
            """,
        options: Option.client,
        action: .client(run)
    )

    @NetLoop
    private static func run(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        var changes: [JSONField] = []
        for operand in arguments.operands { changes.append(try change(operand)) }
        let policy = try await gateway.call(
            changes.isEmpty ? "GET" : "PATCH",
            "/api/admin/policy",
            changes.isEmpty ? nil : .object(changes)
        )
        if arguments.has("json") { return Output.json(policy) }
        Output.table(
            ["policy", "value"],
            (policy.object ?? []).map { [$0.name, Output.text($0.value)] }
        )
    }

    /// `name=30` as a member: a number, true, false or null is taken as such, anything else as text.
    static func change(_ text: String) throws(CommandError) -> JSONField {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw CommandError(.usage, "a change is NAME=VALUE; see --help")
        }
        return JSONField(parts[0], (try? JSONValue(parsing: parts[1])) ?? .string(parts[1]))
    }
}
