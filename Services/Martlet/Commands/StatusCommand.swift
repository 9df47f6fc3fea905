import HTTP
import JSON
import Loop

/// `martlet status`.
enum StatusCommand {
    static let command = Command(
        name: "status",
        summary: "shows every service, its version, queue, lag and health, and what is degraded",
        details: """
            Exit codes: 0 when all is well, 3 when the cluster works and something is degraded, 75 when it takes no work
            now, 69 when nobody answers, 77 when the key is wrong. A key that isn't an admin's sees less: whether the
            gateway takes work, and what is degraded.
            """,
        options: Option.client + [
            Option(name: "watch", meaning: "draws it anew every 2 seconds, until Ctrl-C; with --json a line each")
        ],
        action: .client(run)
    )

    private static let pause = Duration.seconds(2)

    @NetLoop
    private static func run(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        guard arguments.has("watch") else { return try end(await show(arguments, gateway)) }
        while !Task.isCancelled {
            do throws(CommandError) {
                _ = try await show(arguments, gateway)
            } catch {
                // Whoever watches wants to see it come back.
                guard error.code == .unavailable else { throw error }
                Terminal.error(error.description)
            }
            await withCheckedContinuation { continuation in
                _ = NetLoop.after(pause) { continuation.resume() }
            }
        }
    }

    /// Prints what there is to say; the answer is the status's word: `ok`, `degraded` or `unavailable`.
    @NetLoop
    private static func show(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) -> String {
        let answer = try await status(gateway)
        if arguments.has("json") {
            Output.json(.object([JSONField("url", .string(gateway.url))] + (answer.object ?? [])))
        } else {
            if arguments.has("watch") { Terminal.clear() }
            for line in StatusTable(answer, url: gateway.url).lines { Terminal.line(line) }
        }
        return answer["status"]?.string ?? "unavailable"
    }

    /// The whole status; for who may not see it, what readiness says.
    @NetLoop
    private static func status(_ gateway: GatewayClient) async throws(CommandError) -> JSONValue {
        let (status, body) = try await gateway.status("/api/admin/status")
        if status == 200, let body { return body }
        guard status == 403 || status == 404 else {
            throw Refusal.error(status: status, body: (body ?? .null).bytes)
        }
        let readiness = try await gateway.status("/health/readiness")
        guard let body = readiness.body, let members = body.object else {
            throw Refusal.error(status: readiness.status, body: [])
        }
        let isDegraded = readiness.status == 200 && body["degraded"]?.array?.isEmpty == false
        return .object(
            [JSONField("status", .string(readiness.status != 200 ? "unavailable" : isDegraded ? "degraded" : "ok"))]
                + members.filter { $0.name != "status" }
        )
    }

    private static func end(_ word: String) throws(CommandError) {
        switch word {
        case "ok": return
        case "degraded": throw CommandError(.degraded, "the cluster works, and something is degraded")
        default: throw CommandError(.later, "the cluster takes no work now")
        }
    }
}
