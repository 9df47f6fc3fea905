import JSON

/// What is known of a batch of images while it runs, from the job's state and the events of its stream.
///
/// Pure: events in, lines to show out. The stream's events are taken tolerantly, because a frame that this client
/// doesn't know must not stop it; the truth at the end is the job itself, read once more.
struct BatchProgress: Equatable {
    struct Item: Equatable {
        let prompt: String
        var id: String?
        var percent = 0
        var word = "waiting"
        var isOver = false
        var hasFailed = false
    }

    private(set) var items: [Item]
    private(set) var message = ""
    private(set) var isOver = false

    init(prompts: [String]) {
        items = prompts.map { Item(prompt: $0) }
    }

    /// Of the whole batch: images that failed count as done.
    var percent: Int {
        items.isEmpty ? 100 : items.reduce(0) { $0 + ($1.isOver ? 100 : $1.percent) } / items.count
    }

    /// Takes the job's state: which image is which, and how far each is.
    mutating func stateRead(_ job: JSONValue) {
        for (index, image) in (job["images"]?.array ?? []).enumerated() where index < items.count {
            items[index].id = image["id"]?.string
            update(index, image)
        }
        if let text = job["message"]?.string { message = text }
        if let status = job["status"]?.string, ["succeeded", "partial", "failed", "cancelled"].contains(status) {
            isOver = true
        }
    }

    /// Takes one event; answers whether anything changed that a person would see.
    mutating func received(_ name: String, _ data: JSONValue) -> Bool {
        let before = self
        if name == "done" { isOver = true }
        if let text = data["message"]?.string { message = text }
        guard let id = data["image_id"]?.string, let index = items.firstIndex(where: { $0.id == id }) else {
            return self != before
        }
        switch name {
        case "image": finish(index, failed: false, word: "done")
        case "image_failed":
            let reason = data["error"]?["code"]?.string ?? data["reason"]?.string
            finish(index, failed: true, word: reason ?? "failed")
        default: update(index, data)
        }
        return self != before
    }

    private mutating func update(_ index: Int, _ image: JSONValue) {
        guard !items[index].isOver else { return }
        let percent = Int(min(100, max(0, image["percent"]?.double ?? Double(items[index].percent))))
        // A step that comes late, or again in a second try, moves nothing back.
        if percent >= items[index].percent {
            items[index].percent = percent
            if let phase = image["phase"]?.string { items[index].word = Self.words[phase] ?? phase.lowercased() }
        }
        switch image["status"]?.string {
        case "generated": finish(index, failed: false, word: "done")
        case "failed": finish(index, failed: true, word: image["error"]?["code"]?.string ?? "failed")
        case "cancelled": finish(index, failed: true, word: "cancelled")
        default: break
        }
    }

    private mutating func finish(_ index: Int, failed: Bool, word: String) {
        guard !items[index].isOver else { return }
        if !failed { items[index].percent = 100 }
        items[index].word = word
        items[index].isOver = true
        items[index].hasFailed = failed
    }

    private static let words = [
        "INIT": "starting", "PREP": "preparing", "AI_CALL": "generating", "PARSE": "reading", "SAVE": "saving",
        "DONE": "done",
    ]
}
