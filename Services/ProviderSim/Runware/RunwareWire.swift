import JSON
import Loop

/// Runware's shapes, as bytes. Pure; source: the reference sheet runware.md and its fixtures.
enum RunwareWire {
    /// A picture in the form that was asked for.
    enum Shown {
        case url(String)
        case base64(String)
        case dataURI(String)
    }

    /// An item of `data`.
    enum Result {
        case pong
        case account(String)
        case acknowledged(String)
        case processing(String)
        case picture(String, Shown, seed: Int, cost: Double?, isAsync: Bool)
    }

    static func answer(_ results: [Result]) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("data", array: { list in for result in results { list.object { write(result, &$0) } } })
        }
    }

    private static func write(_ result: Result, _ item: inout JSONWriter) {
        switch result {
        case .pong:
            item.field("taskType", "ping")
            item.field("pong", true)
        case .account(let id):
            item.field("taskType", "accountManagement")
            item.field("taskUUID", id)
            item.field("organizationUUID", "b7a7e1f0-0000-4000-8000-0000000000aa")
            item.field("organizationName", "Simulated")
        case .acknowledged(let id):
            item.field("taskType", "imageInference")
            item.field("taskUUID", id)
        case .processing(let id):
            item.field("taskType", "imageInference")
            item.field("taskUUID", id)
            item.field("status", "processing")
            item.field("progress", 40)
        case .picture(let id, let shown, let seed, let cost, let isAsync):
            var dice = Dice(id, variation: seed)
            item.field("taskType", "imageInference")
            item.field("taskUUID", id)
            if isAsync { item.field("status", "success") }
            item.field("imageUUID", "b7a7e1f0-0000-4000-8000-\(dice.whole(100_000_000_000...999_999_999_999))")
            write(shown, &item)
            item.field("seed", seed)
            item.optional("cost", cost)
        }
    }

    /// Base64 has nothing to escape.
    private static func write(_ shown: Shown, _ item: inout JSONWriter) {
        switch shown {
        case .url(let url): item.field("imageURL", url)
        case .base64(let text): item.field("imageBase64Data", raw: "\"\(text)\"".utf8)
        case .dataURI(let text): item.field("imageDataURI", raw: "\"\(text)\"".utf8)
        }
    }

    // MARK: Errors

    static func reply(to refusal: RunwareTask.Refusal) -> Reply {
        error(400, refusal.code, refusal.message, parameter: refusal.parameter, id: refusal.id)
    }

    static func reply(to failure: Failure, retryAfter: Duration = .seconds(1), task: RunwareTask? = nil) -> Reply {
        switch failure {
        case .invalidKey: return error(401, "invalidApiKey", "Invalid API key.", parameter: "apiKey", task: task)
        case .forbidden: return error(403, "workspaceDisabled", "This key may not do that.", task: task)
        case .modelNotFound:
            return error(404, "modelNotFound", "There is no such model.", parameter: "model", task: task)
        case .rateLimited:
            var reply = error(429, "rateLimitExceeded", "Too many requests.", task: task)
            reply.headers.append(("retry-after", "\(max(1, (retryAfter.milliseconds + 999) / 1_000))"))
            return reply
        case .quota: return error(402, "insufficientCredits", "Insufficient credits to run this task.", task: task)
        case .moderated: return error(400, "contentPolicyViolation", "The prompt was blocked.", task: task)
        case .server: return error(500, "internalServerError", "Something broke.", task: task)
        case .overloaded: return error(503, "serviceUnavailable", "Too busy.", task: task)
        case .timeout: return error(504, "inferenceTimeout", "It took too long.", task: task)
        case .invalid(let message, let parameter, _):
            return error(400, "invalidParameter", message, parameter: parameter, task: task)
        }
    }

    static func error(
        _ status: Int,
        _ code: String,
        _ message: String,
        parameter: String? = nil,
        task: RunwareTask? = nil,
        id: String? = nil
    ) -> Reply {
        let body = JSONWriter.object { writer in
            writer.field(
                "errors",
                array: { list in
                    list.object { error in
                        error.field("code", code)
                        error.field("message", message)
                        error.field("parameter", parameter ?? "")
                        error.field("taskType", "imageInference")
                        error.optional("taskUUID", id ?? task?.id)
                    }
                }
            )
        }
        return Reply(status, json: body)
    }
}
