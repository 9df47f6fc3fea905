import JSON
import Loop

/// Azure's shapes where they aren't OpenAI's. Pure; source: the reference sheet azure-openai.md and its fixtures.
enum AzureWire {
    static func error(_ status: Int, _ code: String, _ message: String) -> Reply {
        Reply(status, json: (["error": ["code": .string(code), "message": .string(message)]] as JSONValue).encoded)
    }

    static func reply(to failure: Failure, _ retryAfter: Duration) -> Reply {
        switch failure {
        case .invalidKey:
            return error(401, "401", "Access denied due to invalid subscription key or wrong API endpoint.")
        case .forbidden:
            return error(403, "403", "Access denied due to the resource's network rules.")
        case .modelNotFound:
            return error(404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        case .rateLimited:
            let seconds = max(1, (retryAfter.milliseconds + 999) / 1_000)
            let text = "Requests have exceeded the token rate limit. Please retry after \(seconds) seconds."
            var reply = error(429, "429", text)
            reply.headers += [("retry-after", "\(seconds)"), ("retry-after-ms", "\(retryAfter.milliseconds)")]
            return reply
        case .moderated:
            return moderated
        case .server:
            return error(500, "InternalServerError", "The server had an error while processing your request.")
        case .overloaded:
            return error(503, "503", "The engine is currently overloaded, please try again later.")
        case .timeout:
            return error(408, "Timeout", "The operation was timeout.")
        case .quota, .invalid:
            return OpenAIWire.reply(to: failure)
        }
    }

    private static let safe: JSONValue = ["filtered": false, "severity": "safe"]

    /// Every category, nothing found.
    static let harmless: JSONValue = ["hate": safe, "self_harm": safe, "sexual": safe, "violence": safe]

    static let promptResults: JSONValue = [
        [
            "prompt_index": 0,
            "content_filter_results": harmless.with("jailbreak", ["filtered": false, "detected": false]),
        ]
    ]

    private static let violent = harmless.with("violence", ["filtered": true, "severity": "medium"])

    private static var moderated: Reply {
        let text = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
        let inner: JSONValue = ["code": "ResponsibleAIPolicyViolation", "content_filter_result": violent]
        let error: JSONValue = [
            "message": .string(text), "type": .null, "param": "prompt", "code": "content_filter", "status": 400,
            "innererror": inner,
        ]
        return Reply(400, json: (["error": error] as JSONValue).encoded)
    }

    static var moderatedImage: Reply {
        let inner: JSONValue = [
            "code": "ResponsibleAIPolicyViolation", "content_filter_results": violent, "revised_prompt": "",
        ]
        let error: JSONValue = [
            "code": "content_policy_violation",
            "message": "Your request was rejected as a result of our safety system.",
            "type": "invalid_request_error", "inner_error": inner,
        ]
        return Reply(400, json: (["error": error] as JSONValue).encoded)
    }
}
