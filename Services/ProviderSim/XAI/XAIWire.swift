import JSON

/// xAI's shapes where they aren't OpenAI's. Pure; source: the reference sheet xai.md and its fixtures.
enum XAIWire {
    /// Both members are sentences.
    static func error(_ status: Int, _ code: String, _ text: String) -> Reply {
        Reply(status, json: (["code": .string(code), "error": .string(text)] as JSONValue).encoded)
    }

    private static let invalid = "Client specified an invalid argument"
    private static let exhausted = "Some resource has been exhausted"
    private static let forbidden = "The caller does not have permission to execute the specified operation"

    static func reply(to failure: Failure) -> Reply {
        switch failure {
        case .invalidKey(nil):
            return error(401, "The request does not have valid authentication credentials", "No API key was provided.")
        case .invalidKey:
            let text = "Incorrect API key provided: xa***00. You can obtain an API key from https://console.x.ai."
            return error(400, invalid, text)
        case .forbidden: return error(403, forbidden, "The API key is currently blocked.")
        case .modelNotFound:
            return error(404, "Some requested entity was not found", "The model does not exist or may not be used.")
        case .rateLimited: return error(429, exhausted, "Too many requests for the model.")
        case .quota: return error(429, exhausted, "Your team has used all available credits.")
        case .moderated: return error(403, forbidden, "Content violates usage guidelines.")
        case .server: return error(500, "Internal error", "The service had an error.")
        case .overloaded: return error(503, "The service is currently unavailable", "The model is at capacity.")
        case .timeout: return error(504, "Deadline expired", "The request took too long.")
        case .invalid(let message, _, _): return error(400, invalid, message)
        }
    }

    static let key: JSONValue = [
        "redacted_api_key": "xai-***0001", "name": "simulated", "api_key_blocked": false, "api_key_disabled": false,
        "team_blocked": false, "acls": ["api-key:model:*", "api-key:endpoint:*"],
    ]

    static let models: JSONValue = [
        "object": "list",
        "data": .array(
            ["grok-4.3", "grok-imagine-image", "grok-imagine-image-2.0", "sim-fast", "sim-slow"].map { model in
                ["id": .string(model), "object": "model", "created": 1_795_000_000, "owned_by": "xai"]
            }
        ),
    ]

    // MARK: Pictures

    private static let sizes = [
        "1:1": "1024x1024", "16:9": "1344x768", "9:16": "768x1344", "4:3": "1184x864", "3:4": "864x1184",
        "3:2": "1248x832", "2:3": "832x1248", "2:1": "1408x704", "1:2": "704x1408", "19.5:9": "1408x640",
        "9:19.5": "640x1408", "20:9": "1408x640", "9:20": "640x1408", "auto": "1024x1024",
    ]

    /// Reads an order as xAI does: a ratio and a resolution instead of a size.
    static func order(_ body: JSONValue) throws(Refusal) -> ImageRequest {
        for name in ["size", "style", "output_format"] where body.optional(name) != nil {
            throw Refusal("Argument not supported: \(name)", name)
        }
        guard let model = try body.text("model"), !model.isEmpty else { throw Refusal("No model was named.", "model") }
        if body.optional("quality") != nil, model == "grok-imagine-image" {
            throw Refusal("Argument not supported: quality", "quality")
        }
        let ratio = try body.text("aspect_ratio") ?? "auto"
        guard let size = sizes[ratio] else { throw Refusal("Invalid aspect_ratio.", "aspect_ratio") }
        guard ["1k", "2k"].contains(try body.text("resolution") ?? "1k") else {
            throw Refusal("Invalid resolution.", "resolution")
        }
        let order: JSONValue = [
            "model": .string(model), "prompt": body["prompt"] ?? .null, "n": body["n"] ?? 1, "size": .string(size),
            "response_format": body["response_format"] ?? "url", "output_format": "jpeg",
        ]
        return try ImageRequest(order, strict: false)
    }

    static func images(_ request: ImageRequest, _ images: [OpenAIWire.Image]) -> JSONValue {
        let data = images.map { image -> JSONValue in
            let seen: JSONValue = ["revised_prompt": "", "respect_moderation": true, "mime_type": "image/jpeg"]
            switch image {
            case .base64(let text): return seen.with("b64_json", .string(text))
            case .url(let url): return seen.with("url", .string(url))
            }
        }
        return ["data": .array(data), "usage": ["cost_in_usd_ticks": JSONValue(200_000_000 * max(1, images.count))]]
    }

    /// What moderation took: a success without a picture, paid for all the same.
    static let taken: JSONValue = [
        "data": [["url": "", "revised_prompt": "", "respect_moderation": false]],
        "usage": ["cost_in_usd_ticks": 200_000_000],
    ]
}
