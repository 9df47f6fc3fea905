/// A pattern in which `*` stands for any run of characters and `?` for one.
struct Glob: Sendable, Equatable {
    private let pattern: [UInt8]

    init(_ pattern: some StringProtocol) {
        self.pattern = Array(pattern.utf8)
    }

    /// Whether no character stands for others.
    var isLiteral: Bool { literalPrefix.count == pattern.count }

    /// The pattern as it was written.
    var text: String { String(decoding: pattern, as: UTF8.self) }

    /// What every match begins with.
    var prefix: String { String(decoding: literalPrefix, as: UTF8.self) }

    private var literalPrefix: ArraySlice<UInt8> {
        pattern.prefix { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "?") }
    }

    /// Whether the whole text fits. Goes back to the last star alone, so the work is at most length times length.
    func matches(_ text: some StringProtocol) -> Bool {
        let text = Array(text.utf8)
        var (at, place) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while place < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == UInt8(ascii: "?") || pattern[at] == text[place] {
                at += 1
                place += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                at = last.pattern + 1
                place = last.text + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
