import Glibc
import Service

/// A command's words, sorted into operands and options.
struct Arguments: Sendable {
    /// Words that belong to no option, in order.
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]

    /// Sorts `--name value`, `--name=value`, `--flag` and operands; `--` ends the options.
    init(_ words: [String], options: [Option]) throws(CommandError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                return
            }
            guard word.hasPrefix("--") || word == "-h" else {
                operands.append(word)
                continue
            }
            let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = word == "-h" ? "help" : String(parts.first ?? "")
            guard let option = options.first(where: { $0.name == name }) else {
                throw CommandError(.usage, "unknown option \(word); see --help")
            }
            if option.value == nil {
                guard parts.count < 2 else { throw CommandError(.usage, "--\(name) takes no value") }
                values[name, default: []].append("")
            } else if parts.count == 2 {
                values[name, default: []].append(String(parts[1]))
            } else if let value = rest.popFirst() {
                values[name, default: []].append(value)
            } else {
                throw CommandError(.usage, "--\(name) needs \(option.value ?? "a value")")
            }
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// The last value given; an option given twice overrides itself.
    func string(_ name: String) -> String? { values[name]?.last }

    /// Every value given.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    func int(_ name: String, in range: ClosedRange<Int>) throws(CommandError) -> Int? {
        guard let text = string(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw CommandError(.usage, "--\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The operands as one text, or all of standard input when there are none or just `-`.
    func text(_ what: String) throws(CommandError) -> String {
        if !operands.isEmpty, operands != ["-"] { return operands.joined(separator: " ") }
        guard isatty(STDIN_FILENO) == 0 else { throw CommandError(.usage, "\(what) is missing; see --help") }
        return try StandardInput.text()
    }

    /// Where the cluster keeps everything.
    var data: String { string("data") ?? Environment["MARTLET_DATA"] ?? "./data" }
}

/// Standard input as a text.
enum StandardInput {
    private static let limit = 1 << 20

    static func text() throws(CommandError) -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(STDIN_FILENO, &buffer, buffer.count), count > 0 {
            all += buffer[..<count]
            guard all.count <= limit else { throw CommandError(.usage, "standard input is longer than 1 MiB") }
        }
        return String(decoding: all, as: UTF8.self)
    }
}

extension Environment {
    /// The variable's value; nil when it isn't set or empty.
    static subscript(name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
