import Foundation

/// The files that README.md names.
enum Readme {
    private static let folders = ["Shared/", "Services/", "Tests/", "deploy/", ".ci/"]
    private static let files = ["Package.swift", "compose.yaml", "LICENSE"]

    /// Targets of relative links, and words between backticks that start like a path of this tree.
    static func paths(in text: String) -> [String] {
        let links = text.components(separatedBy: "](").dropFirst().compactMap { part -> String? in
            let target = String(part.prefix { $0 != ")" && $0 != "#" })
            return target.isEmpty || target.contains("://") ? nil : target
        }
        let spans = text.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let words = spans.compactMap { $0.split(whereSeparator: \.isWhitespace).first.map(String.init) }
        return links + words.filter { word in files.contains(word) || folders.contains(where: word.hasPrefix) }
    }
}
