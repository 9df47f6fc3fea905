import JSON
import Support

/// Documents, their spellings and their damage, from a seed.
enum RandomJSON {
    static func value(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .number(String(Int64.random(in: -1_000_000...1_000_000, using: &random)))
        case 3:
            // Few digits: Foundation reads long fractions through a decimal and comes out a bit beside.
            return JSONValue(Double(Int.random(in: -1_000_000...1_000_000, using: &random)) / 64)
        case 4: return .string(string(&random))
        case 5: return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default:
            var fields: [JSONField] = []
            for index in 0..<Int.random(in: 0...5, using: &random) {
                fields.append(JSONField("\(index)\(string(&random))", value(depth: depth - 1, &random)))
            }
            return .object(fields)
        }
    }

    static func string(_ random: inout SeededGenerator) -> String {
        // Composed forms only: Foundation and `==` would take a decomposed one for the same key.
        let letters = Array("abcdefghijklmnopqrstuvwxyz \"\\/\n\t\r\u{8}\u{c}\u{1}\u{1f}\u{7f}éßж中😀\u{ffff}")
        return String(
            (0..<Int.random(in: 0...20, using: &random)).map { _ in letters.randomElement(using: &random) ?? "x" }
        )
    }

    /// The value spelt with space and escapes where they are allowed.
    static func text(of value: JSONValue, _ random: inout SeededGenerator) -> String {
        let space = [" ", "", "", "\n", "\t", "\r", ""]
        func gap() -> String { space.randomElement(using: &random) ?? "" }
        switch value {
        case .array(let elements):
            return gap() + "[" + gap() + elements.map { text(of: $0, &random) }.joined(separator: gap() + "," + gap())
                + "]" + gap()
        case .object(let fields):
            let members = fields.map { spelt($0.name, &random) + gap() + ":" + gap() + text(of: $0.value, &random) }
            return gap() + "{" + gap() + members.joined(separator: gap() + ",\n" + gap()) + gap() + "}" + gap()
        case .string(let string):
            return spelt(string, &random)
        default:
            return gap() + value.text + gap()
        }
    }

    private static func spelt(_ string: String, _ random: inout SeededGenerator) -> String {
        var text = "\""
        for unit in string.unicodeScalars {
            if Int.random(in: 0..<6, using: &random) == 0 {
                for unit in String(unit).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text += JSONValue.string(String(unit)).text.dropFirst().dropLast()
            }
        }
        return text + "\""
    }

    static func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let tokens = Array("{}[]:,\"\\0123456789-+.eEtrufalsn \n".utf8) + [0x80, 0xC3, 0xE2, 0xF0, 0xFF, 0x1F]
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(tokens.randomElement(using: &random) ?? 0, at: place)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2 where place < bytes.count: bytes[place] = tokens.randomElement(using: &random) ?? 0
        default: bytes.removeLast(min(bytes.count, Int.random(in: 0...3, using: &random)))
        }
    }
}
