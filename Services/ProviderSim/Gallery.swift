import Pictures

/// The last pictures that were answered as a URL: 64 of them, and 128 MB at most; the oldest goes first.
struct Gallery {
    struct Entry {
        var type: PictureType
        var bytes: [UInt8]
    }

    private var entries: [String: Entry] = [:]
    private var order: [String] = []
    private var size = 0

    subscript(name: String) -> Entry? { entries[name] }

    mutating func hang(_ name: String, _ entry: Entry) {
        take(down: name)
        entries[name] = entry
        order.append(name)
        size += entry.bytes.count
        while order.count > 64 || (size > 128 << 20 && order.count > 1) { take(down: order[0]) }
    }

    private mutating func take(down name: String) {
        guard let entry = entries.removeValue(forKey: name) else { return }
        size -= entry.bytes.count
        order.removeAll { $0 == name }
    }
}
