import Crypto
import JSON

/// Reads and checks `contents`: roles, parts, and that each turn of results answers the calls before it.
struct GeminiContentReader {
    private(set) var prompt = ""
    private(set) var system = ""
    private(set) var toolResult: String?
    private(set) var tokens = 0
    private let insistsOnSignatures: Bool
    /// The functions called in the content before.
    private var open: [String] = []

    private static let kinds = [
        "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult",
    ]

    init(insistsOnSignatures: Bool) {
        self.insistsOnSignatures = insistsOnSignatures
    }

    mutating func read(_ body: JSONValue) throws(Refusal) {
        guard let contents = body.optional("contents")?.array, !contents.isEmpty else {
            throw Refusal("* GenerateContentRequest.contents: contents is not specified", "contents")
        }
        for part in body["systemInstruction"]?["parts"]?.array ?? [] { system += part["text"]?.string ?? "" }
        tokens += Answers.tokens(system)
        // Signatures are due since the user spoke last.
        let spoken = contents.lastIndex { content in
            content["role"]?.string != "model"
                && (content["parts"]?.array ?? []).contains { $0.optional("text") != nil }
        }
        for (index, content) in contents.enumerated() {
            try read(content, "contents[\(index)]", isCurrent: index > spoken ?? -1)
        }
        guard open.isEmpty else { throw mismatch }
    }

    private var mismatch: Refusal {
        Refusal(
            "Please ensure that the number of function response parts is equal to the number of function call parts "
                + "of the function call turn."
        )
    }

    private mutating func read(_ content: JSONValue, _ place: String, isCurrent: Bool) throws(Refusal) {
        let role = content.optional("role")?.string ?? "user"
        guard role == "user" || role == "model" else { throw Refusal("Please use a valid role: user, model.") }
        guard let parts = content.optional("parts")?.array, !parts.isEmpty else {
            throw Refusal("* GenerateContentRequest.\(place).parts: contents.parts must not be empty.", place)
        }
        var texts: [String] = []
        var calls: [String] = []
        var results: [String] = []
        toolResult = nil
        for (index, part) in parts.enumerated() {
            let place = "\(place).parts[\(index)]"
            guard Self.kinds.filter({ part.optional($0) != nil }).count == 1 else {
                throw Refusal("\(place).data: required oneof field 'data' must have one initialized field", place)
            }
            if let text = part.optional("text") { texts.append(try Self.text(text, place)) }
            if let blob = part.optional("inlineData") { try Self.check(blob, place) }
            if let call = part.optional("functionCall") {
                let signed = !insistsOnSignatures || !isCurrent || !calls.isEmpty
                calls.append(try Self.name(call, part, place, isSigned: signed))
            }
            if let result = part.optional("functionResponse") { results.append(try read(result, place)) }
            tokens += Answers.tokens(part.text.count > 4_096 ? "\(place)" : part.text)
        }
        guard results.sorted() == open.sorted() else { throw mismatch }
        open = calls
        if role == "user", !texts.isEmpty { prompt = texts.joined(separator: "\n") }
    }

    private static func text(_ value: JSONValue, _ place: String) throws(Refusal) -> String {
        guard let text = value.string else { throw Refusal("Invalid value at '\(place).text' (TYPE_STRING)", place) }
        return text
    }

    private static func check(_ blob: JSONValue, _ place: String) throws(Refusal) {
        guard let type = blob["mimeType"]?.string, type.contains("/") else {
            throw Refusal("Unable to process input: \(place) needs a supported MIME type.", place)
        }
        guard let data = blob["data"]?.string, !data.isEmpty, (try? Base64.decode(data)) != nil else {
            throw Refusal("Invalid value at '\(place).inline_data.data' (TYPE_BYTES), Base64 decoding failed", place)
        }
    }

    private static func name(
        _ call: JSONValue,
        _ part: JSONValue,
        _ place: String,
        isSigned: Bool
    ) throws(Refusal) -> String {
        guard let name = call["name"]?.string, !name.isEmpty else {
            throw Refusal("\(place).function_call.name: Name cannot be empty.", place)
        }
        guard call.optional("args")?.object != nil || call.optional("args") == nil else {
            throw Refusal("Invalid value at '\(place).function_call.args' (google.protobuf.Struct)", place)
        }
        guard isSigned || part.optional("thoughtSignature")?.string != nil else {
            throw Refusal("Function call is missing a thought_signature in functionCall parts.", place)
        }
        return name
    }

    /// A result names its function, not the call's id; what it says must be an object.
    private mutating func read(_ result: JSONValue, _ place: String) throws(Refusal) -> String {
        guard let name = result["name"]?.string, !name.isEmpty else {
            throw Refusal("\(place).function_response.name: Name cannot be empty.", place)
        }
        guard let response = result.optional("response"), response.object != nil else {
            throw Refusal("Invalid value at '\(place).function_response.response' (google.protobuf.Struct)", place)
        }
        toolResult = response["output"]?.string ?? response["error"]?.string ?? response.text
        return name
    }
}
