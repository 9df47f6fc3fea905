import JSON

/// Reads what providers tell of tools that they run themselves.
enum HostedTool {
    /// The most text of a result that is kept, in bytes; who reads it wants to know what was found, not to have it.
    private static let resultBytes = 16 << 10

    /// What a tool gave: the texts, titles and addresses in it, else its JSON.
    static func result(of id: String, _ content: JSONValue?, isError: Bool? = nil) -> ToolResult {
        let entries = content?.array ?? [content].compactMap { $0 }
        var lines: [String] = []
        for entry in entries {
            let words = entry.string ?? entry["text"]?.string ?? entry["title"]?.string ?? entry["error_code"]?.string
            if let words = words ?? entry["url"]?.string { lines.append(words) }
        }
        let text = lines.isEmpty ? content?.text ?? "" : lines.joined(separator: "\n")
        let failed = entries.contains { $0["type"]?.string?.hasSuffix("_error") == true }
        return ToolResult(callID: id, content: [.text(cut(text))], isError: isError ?? failed)
    }

    /// An item of OpenAI's responses, such as `web_search_call`; nil for one that is no run of a tool.
    static func responsesItem(_ item: JSONValue, _ type: String) -> (ToolCall, ToolResult)? {
        guard type.hasSuffix("_call"), let id = item["id"]?.string else { return nil }
        let name = item.optional("name")?.string ?? String(type.dropLast("_call".count))
        let asked = item.optional("arguments") ?? item.optional("action") ?? item.optional("queries")
        let arguments = item.optional("code").map { JSONValue.object([JSONField("code", $0)]) } ?? asked
        let call = ToolCall(id: id, name: name, arguments: arguments?.string ?? arguments?.text ?? "")
        let given = item.optional("output") ?? item.optional("outputs") ?? item.optional("results")
        let failed = item["status"]?.string == "failed" || item.optional("error") != nil
        return (call, result(of: id, given ?? item.optional("error") ?? item.optional("status"), isError: failed))
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= resultBytes ? text : String(decoding: text.utf8.prefix(resultBytes), as: UTF8.self)
    }
}
