/// A literal that looks like a version of Martlet: three numbers, and no fourth as an address has.
enum VersionText {
    static func findings(in file: SourceFile) -> [Finding] {
        guard file.isUnder("Shared") || file.isUnder("Services") else { return [] }
        return file.lines.indices.filter { isVersion(in: file.lines[$0]) }.map {
            Finding(file, line: $0, "`Release.version` is the one version")
        }
    }

    private static func isVersion(in line: String) -> Bool {
        line.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().contains { text in
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2].first?.isNumber == true else { return false }
            return parts.prefix(2).allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
        }
    }
}
