/// Tells code from comments and from the words of string literals, well enough to look for calls.
///
/// Interpolations stay, because they are code; a string inside an interpolation is blanked in its turn.
struct SwiftText {
    private let input: [UInt8]
    private var output: [UInt8] = []
    private var position = 0

    private static let newline = UInt8(ascii: "\n")
    private static let hash = UInt8(ascii: "#")

    private init(_ text: String) {
        input = Array(text.utf8)
        output.reserveCapacity(input.count)
    }

    /// The text with every byte that isn't code replaced by a space; lines keep their numbers.
    static func blanked(_ text: String) -> String {
        var scan = SwiftText(text)
        scan.code(untilParenthesis: false)
        return String(decoding: scan.output, as: UTF8.self)
    }

    /// Whether nothing else than code begins with this byte.
    private func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: ")"): false
        default: true
        }
    }

    private func sees(_ text: String) -> Bool {
        var index = position
        for byte in text.utf8 {
            guard index < input.count, input[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private mutating func keep(_ count: Int = 1) {
        for _ in 0..<count where position < input.count {
            output.append(input[position])
            position += 1
        }
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where position < input.count {
            output.append(input[position] == Self.newline ? Self.newline : UInt8(ascii: " "))
            position += 1
        }
    }

    private mutating func code(untilParenthesis: Bool) {
        var depth = 0
        while position < input.count {
            if isPlain(input[position]) {
                keep()
            } else if sees("//") {
                while position < input.count, input[position] != Self.newline { blank() }
            } else if sees("/*") {
                blockComment()
            } else if let hashes = openingQuote() {
                string(hashes: hashes)
            } else {
                if sees("(") { depth += 1 }
                if sees(")") {
                    if untilParenthesis, depth == 0 { return }
                    depth -= 1
                }
                keep()
            }
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if sees("/*") {
                depth += 1
                blank(2)
            } else if sees("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && position < input.count
    }

    /// The number of `#` before a quote that starts here.
    private func openingQuote() -> Int? {
        var index = position
        while index < input.count, input[index] == Self.hash { index += 1 }
        return index < input.count && input[index] == UInt8(ascii: "\"") ? index - position : nil
    }

    private mutating func string(hashes: Int) {
        let marks = String(repeating: "#", count: hashes)
        keep(hashes)
        let quote = sees("\"\"\"") ? "\"\"\"" : "\""
        keep(quote.count)
        while position < input.count {
            if sees(quote + marks) {
                return keep(quote.count + hashes)
            } else if sees("\\" + marks + "(") {
                blank(1 + hashes)
                keep()
                code(untilParenthesis: true)
                keep()
            } else if sees("\\" + marks) {
                blank(2 + hashes)
            } else if quote.count == 1, input[position] == Self.newline {
                return
            } else {
                blank()
            }
        }
    }
}
