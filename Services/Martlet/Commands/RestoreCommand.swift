import HTTP
import JSON

/// `martlet audit accept-restore`: an operator's word that the audit trail was brought back from a backup.
enum RestoreCommand {
    static let command = Command(
        name: "audit accept-restore",
        summary: "says that the audit trail was brought back from a backup, which is an audit event itself",
        details: """
            A trail from a backup is shorter than what the gateway has seen signed, and so looks like one that was cut
            off: /health/readiness says so until an admin takes it. Without --head this shows what is kept and what the
            trail says now; --head with the latter's head takes it. Who did, and both heads, go on record.
            """,
        options: [Option(name: "head", value: "HEX", meaning: "the head that the trail has now, as shown")]
            + Option.client,
        action: .client(run)
    )

    @NetLoop
    private static func run(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        if let head = arguments.string("head") {
            let answer = try await gateway.call(
                "POST",
                "/api/admin/audit/conflict/accept",
                .object([JSONField("head", .string(head))])
            )
            if arguments.has("json") { return Output.json(answer) }
            return Terminal.line("The audit trail is taken as it is now.")
        }
        let answer = try await gateway.call("GET", "/api/admin/audit/conflict")
        if arguments.has("json") { return Output.json(answer) }
        guard let conflict = answer["conflict"], conflict.object != nil else {
            return Terminal.line("Nothing stands against the audit trail.")
        }
        Terminal.line(Output.text(conflict["message"]))
        for (name, word) in [("kept", "kept by the gateway"), ("found", "said by the trail now")] {
            guard let side = conflict[name] else { continue }
            Terminal.line("  \(word): \(Output.text(side["events"])) events, head \(Output.text(side["head"]))")
        }
        Terminal.line("If it was brought back from a backup:")
        Terminal.line("  martlet audit accept-restore --head \(Output.text(conflict["found"]?["head"]))")
    }
}
