import JSON

/// Reads the gateway's error answers: OpenAI's shape under /v1, Martlet's own under /api.
enum Refusal {
    static func error(status: Int, body: [UInt8]) -> CommandError {
        let answer = try? JSONValue(parsing: body)
        let inner = answer?["error"]
        let sentence = inner?.string ?? inner?["message"]?.string ?? "the gateway answered \(status)"
        let cause = inner?["code"]?.string ?? answer?["code"]?.string
        return CommandError(exitCode(status: status), sentence, cause: cause ?? "HTTP \(status)")
    }

    private static func exitCode(status: Int) -> ExitCode {
        switch status {
        case 401, 403: .noPermission
        case 429, 503: .later
        default: .failed
        }
    }
}
