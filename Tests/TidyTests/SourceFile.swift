import Foundation

/// One file as the checks see it.
struct SourceFile {
    /// Its path from the repository's root.
    let path: String
    /// Its lines as written.
    let lines: [String]
    /// The same lines with comments and the words of string literals blanked out: what the compiler acts on.
    let code: [String]
    private let codeText: String

    init(path: String, text: String) {
        self.path = path
        lines = text.components(separatedBy: "\n")
        codeText = SwiftText.blanked(text)
        code = codeText.components(separatedBy: "\n")
    }

    /// The file's name without folder and extension.
    var name: String { ((path as NSString).lastPathComponent as NSString).deletingPathExtension }

    /// `Shared/HTTP/Server/Listener.swift` is of module HTTP.
    var module: String? {
        let parts = path.split(separator: "/")
        guard parts.count >= 3, ["Shared", "Services", "Tests"].contains(parts[0]) else { return nil }
        return String(parts[1])
    }

    func isUnder(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }

    /// The lines on which the word stands by itself: `fingerprint(` isn't `print(`, `Task.sleep(` isn't `sleep(`.
    func lines(with word: String) -> [Int] {
        var found: [Int] = []
        codeText.withCString { start in
            var position = start
            var line = 0
            while let hit = strstr(position, word).map({ UnsafePointer($0) }) {
                line += UnsafeBufferPointer(start: position, count: hit - position).count { $0 == 10 }
                let before = hit == start ? UInt8(ascii: " ") : UInt8(bitPattern: (hit - 1).pointee)
                let isPartOfAName =
                    isalnum(Int32(before)) != 0 || before == UInt8(ascii: "_") || before == UInt8(ascii: ".")
                if !isPartOfAName { found.append(line) }
                position = hit + 1
            }
        }
        return found
    }

    /// Whether a comment stands on that line or on the nearest lines around it.
    func hasComment(near index: Int) -> Bool {
        (max(0, index - 4)...min(index + 2, lines.count - 1)).contains {
            lines[$0].contains("//") && !code[$0].contains("//")
        }
    }
}

/// What a check found: where, and what to do.
struct Finding: CustomStringConvertible {
    let path: String
    let line: Int?
    let remark: String

    init(_ file: SourceFile, line index: Int? = nil, _ remark: String) {
        path = file.path
        line = index.map { $0 + 1 }
        self.remark = remark
    }

    var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(remark)" }
}
