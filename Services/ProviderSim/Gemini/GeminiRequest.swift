import Crypto
import JSON

/// A `generateContent` request, read and checked as Google does. Names may be spelled with underscores too.
struct GeminiRequest {
    var talk = Conversation()
    var wantsThoughts = false
    var wantsImage = false
    var wantsText = false
    var width = 1_024
    var height = 1_024

    private static let known: Set<String> = [
        "contents", "systemInstruction", "tools", "toolConfig", "safetySettings", "generationConfig", "cachedContent",
        "model", "labels", "store", "serviceTier",
    ]
    private static let knownConfig: Set<String> = [
        "maxOutputTokens", "stopSequences", "seed", "temperature", "topP", "topK", "candidateCount", "presencePenalty",
        "frequencyPenalty", "responseMimeType", "responseSchema", "responseJsonSchema", "responseModalities",
        "imageConfig", "thinkingConfig", "mediaResolution", "speechConfig", "responseLogprobs", "logprobs",
    ]

    init(_ bytes: [UInt8], model: String) throws(Refusal) {
        guard let parsed = try? JSONValue(parsing: bytes), parsed.object != nil else {
            throw Refusal("Invalid JSON payload received. Expected an object.")
        }
        let body = parsed.camelCased(most: 12)
        try Self.refuseUnknown(body, Self.known, "")
        talk.model = model
        var reader = GeminiContentReader(
            insistsOnSignatures: model.hasPrefix("gemini-3") || model.hasPrefix("gemini-4")
        )
        try reader.read(body)
        (talk.prompt, talk.system, talk.toolResult) = (reader.prompt, reader.system, reader.toolResult)
        talk.inputTokens = reader.tokens + ToolChoice.tokens(body) + 2
        try readConfig(body["generationConfig"] ?? .object([]))
        let wish = try Self.wish(body)
        talk.tool = talk.toolResult == nil ? ToolChoice.tool(try Self.tools(body), wish, prompt: talk.prompt) : nil
    }

    private static func refuseUnknown(_ value: JSONValue, _ known: Set<String>, _ place: String) throws(Refusal) {
        guard let stranger = value.object?.first(where: { !known.contains($0.name) }) else { return }
        let at = place.isEmpty ? "" : " at '\(place)'"
        throw Refusal("Invalid JSON payload received. Unknown name \"\(stranger.name)\"\(at): Cannot find field.")
    }

    private mutating func readConfig(_ config: JSONValue) throws(Refusal) {
        try Self.refuseUnknown(config, Self.knownConfig, "generation_config")
        talk.maxTokens = try config.number("maxOutputTokens", 1...)
        talk.stops = (config.optional("stopSequences")?.array ?? []).compactMap(\.string)
        guard talk.stops.count <= 5 else { throw Refusal("The number of stop sequences must be at most 5.") }
        if let temperature = config.optional("temperature") {
            guard let value = temperature.double, (0...2).contains(value) else {
                throw Refusal("temperature must be in the range [0.0, 2.0].", "generation_config.temperature")
            }
        }
        if let type = try config.text("responseMimeType") {
            guard ["text/plain", "application/json", "text/x.enum"].contains(type) else {
                throw Refusal("response_mime_type is none of the allowed.", "generation_config.response_mime_type")
            }
            talk.wantsJSON = type == "application/json"
        }
        if let thinking = config.optional("thinkingConfig") {
            guard thinking.optional("thinkingBudget") == nil || thinking.optional("thinkingLevel") == nil else {
                throw Refusal("You can only set only one of thinking budget and thinking level.")
            }
            wantsThoughts = thinking.optional("includeThoughts")?.bool ?? false
        }
        try readImage(config)
    }

    private mutating func readImage(_ config: JSONValue) throws(Refusal) {
        let modalities = (config.optional("responseModalities")?.array ?? []).compactMap(\.string)
        let draws = talk.model.contains("image") || talk.model.hasPrefix("sim-")
        wantsText = modalities.isEmpty || modalities.contains("TEXT")
        wantsImage = modalities.contains("IMAGE") || (modalities.isEmpty && talk.model.contains("image"))
        guard !wantsImage || draws else {
            throw Refusal("Model does not support the requested response modalities: image")
        }
        guard let image = config.optional("imageConfig") else { return }
        guard draws else { throw Refusal("Image config is not enabled for this model.") }
        let scale = ["1K": 1, "2K": 2, "4K": 4][try image.text("imageSize") ?? "1K"]
        guard let scale else { throw Refusal("image_size must be one of 1K, 2K, 4K.") }
        let ratio = (try image.text("aspectRatio") ?? "1:1").split(separator: ":").compactMap { Int($0) }
        let known = [[1, 1], [2, 3], [3, 2], [3, 4], [4, 3], [4, 5], [5, 4], [9, 16], [16, 9], [21, 9]]
        guard known.contains(ratio) else { throw Refusal("aspect_ratio is none of the allowed.") }
        let side = 1_024 * (Double(ratio[0]) / Double(ratio[1])).squareRoot()
        width = Int((side / 16).rounded()) * 16 * scale
        height = Int((1_048_576 / side / 16).rounded()) * 16 * scale
    }

    private static func tools(_ body: JSONValue) throws(Refusal) -> [ToolChoice.Definition] {
        var tools: [ToolChoice.Definition] = []
        for tool in body.optional("tools")?.array ?? [] {
            for function in tool.optional("functionDeclarations")?.array ?? [] {
                guard let name = function["name"]?.string, !name.isEmpty else {
                    throw Refusal("tools[0].function_declarations[0].name: Name cannot be empty.", "tools")
                }
                let (google, json) = (function.optional("parameters"), function.optional("parametersJsonSchema"))
                guard google == nil || json == nil else {
                    throw Refusal("parameters and parameters_json_schema must not both be set.", "tools")
                }
                tools.append(ToolChoice.Definition(name: name, schema: json ?? google ?? .object([])))
            }
        }
        return tools
    }

    private static func wish(_ body: JSONValue) throws(Refusal) -> ToolChoice.Wish {
        guard let calling = body["toolConfig"]?.optional("functionCallingConfig") else { return .auto }
        let names = (calling.optional("allowedFunctionNames")?.array ?? []).compactMap(\.string)
        let mode = try calling.text("mode") ?? "AUTO"
        guard names.isEmpty || mode == "ANY" || mode == "VALIDATED" else {
            throw Refusal("Allowed function names are only supported with the modes ANY and VALIDATED.", "tool_config")
        }
        switch mode {
        case "AUTO", "VALIDATED", "MODE_UNSPECIFIED": return .auto
        case "NONE": return .none
        case "ANY": return names.first.map { .tool($0) } ?? .required
        default: throw Refusal("Invalid value at 'tool_config.function_calling_config.mode' (\(mode.prefix(40))).")
        }
    }
}

extension JSONValue {
    /// The members' names without underscores, as Google's servers read them; what people wrote is left alone.
    func camelCased(most depth: Int) -> JSONValue {
        guard depth > 0 else { return self }
        switch self {
        case .object(let fields):
            return .object(
                fields.map { field in
                    let name = Self.camel(field.name)
                    let isFree = ["args", "response", "parametersJsonSchema", "responseJsonSchema", "labels"].contains(
                        name
                    )
                    return JSONField(name, isFree ? field.value : field.value.camelCased(most: depth - 1))
                }
            )
        case .array(let elements): return .array(elements.map { $0.camelCased(most: depth - 1) })
        default: return self
        }
    }

    private static func camel(_ name: String) -> String {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        guard words.count > 1 else { return name }
        return words[0] + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
