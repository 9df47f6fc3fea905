/// How long a file may be and what it is called.
enum FileShape {
    private static let limit = 400

    /// Above this a file is named in the failure of another, as the next to look at.
    static let long = 300

    static func tooLong(_ file: SourceFile) -> [Finding] {
        let count = lineCount(file)
        return count > limit ? [Finding(file, "\(count) lines, more than \(limit): two ideas in one file")] : []
    }

    static func lineCount(_ file: SourceFile) -> Int { file.lines.last == "" ? file.lines.count - 1 : file.lines.count }

    /// `Trie.swift` declares Trie, or the like of TrieReader and TrieWriter; `Trie+resolve.swift` extends it.
    static func misnamed(_ file: SourceFile) -> [Finding] {
        guard file.isUnder("Shared") || file.isUnder("Services"), !isTheme(file) else { return [] }
        let subject = String(file.name.prefix { $0 != "+" })
        return declares(file, subject) ? [] : [Finding(file, "declares no \(subject): a file is named for its type")]
    }

    /// The many small types of one conversation share a file, and so do the functions that a C library calls.
    private static func isTheme(_ file: SourceFile) -> Bool {
        file.name.hasSuffix("Callbacks")
            || file.isUnder("Shared/Wire") && ["Messages", "Pages"].contains(where: file.name.hasSuffix)
    }

    private static let keywords: Set<Substring> = [
        "struct", "class", "enum", "actor", "protocol", "typealias", "extension", "func",
    ]

    private static func declares(_ file: SourceFile, _ name: String) -> Bool {
        file.code.contains { line in
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            return zip(words, words.dropFirst()).contains { keyword, word in
                keywords.contains(keyword) && word.lowercased().hasPrefix(name.lowercased())
            }
        }
    }
}
