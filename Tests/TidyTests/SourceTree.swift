import Foundation

/// The repository that these tests were built from; only read.
enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file of the project.
    static let files: [SourceFile] = ["Shared", "Services", "Tests"].flatMap(swiftFiles(in:))

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static var topLevel: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    }

    private static func swiftFiles(in folder: String) -> [SourceFile] {
        let walk = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
        return (walk?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".swift") }.sorted()
            .compactMap { name in
                let path = "\(folder)/\(name)"
                return (try? text(path)).map { SourceFile(path: path, text: $0) }
            }
    }
}
