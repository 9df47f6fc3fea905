import JSON

/// What is known of a batch of images while it runs, from the events of its stream.
///
/// Pure: events in, lines to show out. The stream's events are taken tolerantly, because a frame that this client
/// doesn't know must not stop it; the truth at the end is the job itself, read once more.
struct BatchProgress: Equatable {
    struct Item: Equatable {
        let prompt: String
        var percent = 0
        var word = "waiting"
        var isOver = false
        var hasFailed = false
    }

    private(set) var items: [Item]
    private(set) var percent = 0
    private(set) var message = ""
    private(set) var isOver = false

    init(prompts: [String]) {
        items = prompts.map { Item(prompt: $0) }
    }

    /// Takes one event; answers whether anything changed that a person would see.
    mutating func received(_ name: String, _ data: JSONValue) -> Bool {
        let before = self
        switch name {
        case "image":
            finish(data, failed: false, word: "done")
        case "image_failed":
            let reason = data["error"]?["code"]?.string ?? data["reason"]?.string ?? "failed"
            finish(data, failed: true, word: reason)
        case "done":
            isOver = true
        default:
            break
        }
        if let list = data["images"]?.array {
            for image in list { update(image) }
        } else if name == "step" || name == "image_attempt" || name == "image_pending" {
            update(data)
        }
        if data["index"] == nil || data["images"] != nil { updateWhole(data) }
        return self != before
    }

    private mutating func updateWhole(_ data: JSONValue) {
        if let value = data["percent"]?.double { percent = max(percent, min(100, Int(value))) }
        if let text = data["message"]?.string { message = text }
        if let status = data["status"]?.string, ["succeeded", "partial", "failed", "cancelled"].contains(status) {
            isOver = true
        }
    }

    private mutating func update(_ image: JSONValue) {
        guard let index = position(of: image), !items[index].isOver else { return }
        if let value = image["percent"]?.double { items[index].percent = min(100, max(0, Int(value))) }
        if let phase = image["phase"]?.string { items[index].word = Self.words[phase] ?? phase.lowercased() }
        switch image["status"]?.string {
        case "generated": finish(image, failed: false, word: "done")
        case "failed": finish(image, failed: true, word: image["error"]?["code"]?.string ?? "failed")
        case "cancelled": finish(image, failed: true, word: "cancelled")
        default: break
        }
    }

    private mutating func finish(_ image: JSONValue, failed: Bool, word: String) {
        guard let index = position(of: image), !items[index].isOver else { return }
        items[index].percent = failed ? items[index].percent : 100
        items[index].word = word
        items[index].isOver = true
        items[index].hasFailed = failed
    }

    /// Images are counted from 0.
    private func position(of image: JSONValue) -> Int? {
        guard let index = image["index"]?.int, index >= 0, index < items.count else { return nil }
        return Int(index)
    }

    private static let words = [
        "INIT": "starting", "PREP": "preparing", "AI_CALL": "generating", "PARSE": "reading", "SAVE": "saving",
        "DONE": "done",
    ]
}
