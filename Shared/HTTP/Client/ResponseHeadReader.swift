/// Collects the header lines that libcurl gives one by one; interim responses and trailers are left out.
struct ResponseHeadReader: Sendable {
    private let limit: Int
    private var status = 0
    private var fields = Fields()
    private var isDone = false

    init(limit: Int) {
        self.limit = limit
    }

    /// What a line came to.
    enum Outcome: Sendable {
        case more
        case head(ResponseHead)
        case tooLarge
    }

    /// Takes one line with its line end.
    mutating func line(_ line: UnsafeRawBufferPointer) -> Outcome {
        guard !isDone else { return .more }
        guard fields.bytes.count + line.count <= limit else { return .tooLarge }
        let text = UnsafeRawBufferPointer(rebasing: line.prefix { $0 != 0x0d && $0 != 0x0a })
        if text.isEmpty { return end() }
        if fields.isEmpty, let code = Self.status(text) {
            status = code
            return .more
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return .more }
        var low = colon + 1
        var high = text.count
        while low < high, text[low] == 0x20 || text[low] == 0x09 { low += 1 }
        while high > low, text[high - 1] == 0x20 || text[high - 1] == 0x09 { high -= 1 }
        fields.append(
            name: UnsafeRawBufferPointer(rebasing: text[..<colon]),
            value: UnsafeRawBufferPointer(rebasing: text[low..<high])
        )
        return .more
    }

    private mutating func end() -> Outcome {
        guard status >= 200 else {
            status = 0
            fields = Fields()
            return .more
        }
        isDone = true
        return .head(ResponseHead(status: status, headers: fields))
    }

    /// The code of `HTTP/1.1 200 OK`, or nil for another line.
    private static func status(_ line: UnsafeRawBufferPointer) -> Int? {
        guard line.count >= 12 || line.count >= 10, line.starts(with: "HTTP/".utf8),
            let space = line.firstIndex(of: 0x20), space + 3 < line.count
        else { return nil }
        var code = 0
        for byte in line[(space + 1)...(space + 3)] {
            guard byte &- 0x30 < 10 else { return nil }
            code = code * 10 + Int(byte &- 0x30)
        }
        return code
    }
}

extension Fields {
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        if entries.isEmpty {
            bytes.reserveCapacity(512)
            entries.reserveCapacity(12)
        }
        let start = Int32(bytes.count)
        bytes.append(contentsOf: name)
        let middle = Int32(bytes.count)
        bytes.append(contentsOf: value)
        entries.append(Entry(name: start..<middle, value: middle..<Int32(bytes.count)))
    }
}
