/// A word that the code may not use, the reason, and the places where it may.
struct BannedCall {
    let word: String
    var folders = ["Shared", "Services"]
    var except: [String] = []
    var unlessExplained = false
    let reason: String

    private static let everywhere = ["Shared", "Services", "Tests"]
    private static let waitForTheEvent = "wait for the event with `eventually`"

    static let table: [BannedCall] = [
        BannedCall(word: "try!", folders: everywhere, reason: "an error here would end the process"),
        BannedCall(word: "as!", folders: everywhere, reason: "a wrong type here would end the process"),
        BannedCall(
            word: "print(",
            except: ["Services/Tap/Terminal"],
            reason: "log, or write through the terminal's type"
        ),
        BannedCall(
            word: "fatalError(",
            unlessExplained: true,
            reason: "say in a comment why only a programmer's mistake gets here"
        ),
        BannedCall(
            word: "@unchecked Sendable",
            folders: everywhere,
            unlessExplained: true,
            reason: "say in a comment what makes it safe"
        ),
        BannedCall(
            word: "nonisolated(unsafe)",
            folders: everywhere,
            unlessExplained: true,
            reason: "say in a comment what makes it safe"
        ),
        BannedCall(word: "Task.detached", unlessExplained: true, reason: "say in a comment why nobody waits for it"),
        BannedCall(word: "DispatchQueue", reason: "work belongs to a loop"),
        BannedCall(word: "DispatchSource", reason: "work belongs to a loop"),
        BannedCall(word: "DateFormatter", reason: "pulls in ICU: the binary grows fourfold"),
        BannedCall(word: "String(format", reason: "comes from Foundation"),
        BannedCall(word: "URLSession", reason: "HTTP's Client is the way out"),
        BannedCall(word: "NSRegularExpression", reason: "comes from Foundation"),
        BannedCall(word: "JSONSerialization", reason: "the JSON module reads and writes"),
        BannedCall(word: "JSONDecoder", reason: "the JSON module reads and writes"),
        BannedCall(
            word: "Task.sleep",
            folders: everywhere,
            except: ["Tests/Support/"],
            reason: "use the loop's timer, or `eventually` in a test"
        ),
        BannedCall(word: "usleep(", folders: ["Tests"], except: ["Tests/Support/"], reason: waitForTheEvent),
        BannedCall(word: "nanosleep(", folders: ["Tests"], except: ["Tests/Support/"], reason: waitForTheEvent),
        BannedCall(word: "sleep(", folders: ["Tests"], except: ["Tests/Support/"], reason: waitForTheEvent),
    ]

    static func findings(in file: SourceFile) -> [Finding] {
        let rules = table.filter { rule in
            rule.folders.contains(where: file.isUnder) && !rule.except.contains(where: file.path.hasPrefix)
        }
        return rules.flatMap { rule in
            file.lines(with: rule.word).filter { !(rule.unlessExplained && file.hasComment(near: $0)) }.map {
                Finding(file, line: $0, "`\(rule.word)`: \(rule.reason)")
            }
        }
    }

    static func foundation(in file: SourceFile) -> [Finding] {
        guard !file.isUnder("Tests") else { return [] }
        return Arrows.imports(of: file).filter { ["Foundation", "FoundationNetworking"].contains($0.module) }.map {
            Finding(file, line: $0.line, "Foundation belongs to the tests alone")
        }
    }
}
