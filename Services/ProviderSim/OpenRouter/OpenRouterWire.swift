import JSON
import Loop
import Pictures

/// OpenRouter's shapes where they aren't OpenAI's. Pure; source: the reference sheet openrouter.md and its fixtures.
enum OpenRouterWire {
    static func error(_ code: Int, _ message: String, metadata: JSONValue? = nil) -> Reply {
        var error: JSONValue = ["code": JSONValue(code), "message": .string(message)]
        if let metadata { error = error.with("metadata", metadata) }
        return Reply(code, json: (["error": error, "user_id": "user_sim"] as JSONValue).encoded)
    }

    static func reply(to failure: Failure, _ retryAfter: Duration) -> Reply {
        switch failure {
        case .invalidKey(nil): return error(401, "No auth credentials found")
        case .invalidKey: return error(401, "User not found.")
        case .forbidden: return error(403, "The key may not do this.")
        case .modelNotFound: return error(404, "No endpoints found.", metadata: ["error_type": "not_found"])
        case .rateLimited:
            let seconds = max(1, (retryAfter.milliseconds + 999) / 1_000)
            let metadata: JSONValue = [
                "error_type": "rate_limit_exceeded",
                "retry_after_seconds": JSONValue(Double(retryAfter.milliseconds) / 1_000),
                "headers": ["Retry-After": .string("\(seconds)")], "limit_source": "upstream_provider_shared_pool",
            ]
            return error(429, "Rate limit exceeded", metadata: metadata)
        case .quota:
            let text = "Insufficient credits. Add more to continue."
            return error(402, text, metadata: ["limit_source": "openrouter_credits"])
        case .moderated:
            let metadata: JSONValue = [
                "reasons": ["violence"], "flagged_input": "…", "provider_name": "Martlet", "model_slug": "sim",
            ]
            return error(403, "Input was flagged by moderation.", metadata: metadata)
        case .server:
            let metadata: JSONValue = ["provider_name": "Martlet", "error_type": "provider_unavailable"]
            return error(502, "Provider returned error", metadata: metadata)
        case .overloaded:
            return error(503, "No provider is available.", metadata: ["error_type": "provider_overloaded"])
        case .timeout: return error(408, "The request timed out.")
        case .invalid(let message, _, _):
            return error(400, message, metadata: ["error_type": "invalid_request"])
        }
    }

    static let key: JSONValue = [
        "data": [
            "label": "sk-or-v1-sim...0001", "limit": 10, "limit_remaining": 8.5, "usage": 1.5, "is_free_tier": false,
            "rate_limit": ["requests": -1, "interval": "10s"],
        ]
    ]

    static let models: JSONValue = [
        "data": .array(
            [
                "openai/gpt-5-mini", "anthropic/claude-sonnet-5", "meta-llama/llama-3.3-70b-instruct",
                "google/gemini-3.1-flash-image", "openai/gpt-image-2", "sim-fast", "sim-slow",
            ].map { model in
                [
                    "id": .string(model), "name": .string(model), "created": 1_795_000_000,
                    "pricing": ["prompt": "0.000003", "completion": "0.000015"],
                ]
            }
        )
    ]

    // MARK: Pictures

    /// Pixels for a ratio's name; a square for none.
    static func size(_ ratio: String?) -> String {
        switch ratio {
        case "16:9": "1344x768"
        case "9:16": "768x1344"
        case "3:2": "1248x832"
        case "2:3": "832x1248"
        case "4:3": "1184x864"
        case "3:4": "864x1184"
        case "21:9": "1536x672"
        default: "1024x1024"
        }
    }

    private static func base64(_ image: OpenAIWire.Image) -> String {
        switch image {
        case .base64(let text): text
        case .url(let url): url
        }
    }

    private static func usage(_ request: ImageRequest) -> JSONValue {
        let (input, output) = request.usage
        return [
            "prompt_tokens": JSONValue(input), "completion_tokens": JSONValue(output),
            "total_tokens": JSONValue(input + output), "cost": 0.0387,
        ]
    }

    static func images(_ request: ImageRequest, _ images: [OpenAIWire.Image]) -> JSONValue {
        let data = images.map { image -> JSONValue in
            ["b64_json": .string(base64(image)), "media_type": .string(request.type.mediaType)]
        }
        return ["created": 1_795_176_000, "data": .array(data), "usage": usage(request)]
    }

    static func chat(_ request: ImageRequest, _ images: [OpenAIWire.Image]) -> JSONValue {
        let list = images.enumerated().map { index, image -> JSONValue in
            let url = "data:\(request.type.mediaType);base64,\(base64(image))"
            return ["type": "image_url", "index": JSONValue(index), "image_url": ["url": .string(url)]]
        }
        let message: JSONValue = ["role": "assistant", "content": "", "refusal": .null, "images": .array(list)]
        return [
            "id": "gen-1795176000-sim", "provider": "Martlet", "model": .string(request.model),
            "object": "chat.completion", "created": 1_795_176_000, "system_fingerprint": .null,
            "choices": [
                [
                    "finish_reason": "stop", "native_finish_reason": "STOP", "index": 0, "logprobs": .null,
                    "message": message,
                ]
            ],
            "usage": usage(request),
        ]
    }
}
