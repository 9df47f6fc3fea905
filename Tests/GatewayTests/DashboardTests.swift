import Foundation
import HTTP
import Support
import Testing

@testable import Gateway

/// The dashboard's files as a browser gets them.
@Suite(.timeLimit(.minutes(1)))
struct DashboardTests {
    private let bench: GatewayBench
    private let files: [(path: String, answer: GatewayBench.Answer)]

    init() async throws {
        bench = try await GatewayBench()
        var files: [(path: String, answer: GatewayBench.Answer)] = []
        for path in ["/"] + (await Dashboard().names.map { "/dashboard/\($0)" }) {
            files.append((path, try await bench.call("GET", path, key: nil)))
        }
        self.files = files
    }

    private var scripts: [(path: String, text: String)] {
        files.filter { $0.path.hasSuffix(".js") }.map { ($0.path, $0.answer.text) }
    }

    @Test func everyFileComesWithoutAKeyAndUnderTheStrictPolicy() async throws {
        #expect(files.count == 12)
        for (path, answer) in files {
            #expect(answer.status == 200 && !answer.text.isEmpty, "\(path)")
            let policy = answer.headers["content-security-policy"]?.split(separator: ";").map { $0.drop { $0 == " " } }
            #expect(policy?.contains("default-src 'none'") == true && policy?.contains("script-src 'self'") == true)
            #expect(policy?.contains("frame-ancestors 'none'") == true && policy?.contains("base-uri 'none'") == true)
            #expect(policy?.contains { $0.contains("unsafe") || $0.contains("*") || $0.contains("http") } == false)
            #expect(answer.headers["x-content-type-options"] == "nosniff", "\(path)")
            #expect(answer.headers["referrer-policy"] == "no-referrer", "\(path)")
            #expect(answer.headers["x-frame-options"] == "DENY", "\(path)")
        }
        await bench.stop()
    }

    @Test(arguments: ["/dashboard/none.js", "/dashboard/", "/dashboard/../gateway.db", "/dashboard/%2e%2e/main.js"])
    func otherNamesAreNoFiles(_ path: String) async throws {
        #expect(try await bench.call("GET", path, key: nil).status == 404)
        await bench.stop()
    }

    @Test func nothingInThePageRuns() async throws {
        let page = try #require(files.first).answer.text
        #expect(page.components("<script") == page.components("<script type=\"module\" src=\"/dashboard/"))
        #expect(page.components("<script") == 1 && page.components("</script>") == 1)
        #expect(page.components("style=") == 0 && page.components("<style") == 0)
        #expect(!page.split(whereSeparator: \.isWhitespace).contains { $0.hasPrefix("on") && $0.contains("=") })
        await bench.stop()
    }

    @Test(arguments: [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "createContextualFragment",
        "setHTML",
        "srcdoc", "eval(", "Function(", "javascript:", "localStorage", "sessionStorage", "document.cookie", "import(",
    ])
    func noScriptMakesMarkupFromTextOrKeepsSecrets(_ word: String) async throws {
        #expect(scripts.count == 9)
        for (path, text) in scripts { #expect(!text.contains(word), "\(path) holds \(word)") }
        await bench.stop()
    }

    @Test func nothingComesFromElsewhere() async throws {
        for (path, answer) in files where path != "/dashboard/icon.svg" {
            #expect(!answer.text.contains("://") && !answer.text.contains("\"//"), "\(path)")
            #expect(!answer.text.contains("@import") && !answer.text.contains("url("), "\(path)")
        }
        let names = Set(files.map(\.path))
        for (path, text) in scripts {
            for line in text.split(separator: "\n") where line.hasPrefix("import ") {
                let name = line.split(separator: "\"").dropFirst().first?.dropFirst(2) ?? ""
                #expect(names.contains("/dashboard/\(name)"), "\(path): \(line)")
            }
        }
        await bench.stop()
    }
}

extension String {
    /// How often a text stands in this one.
    fileprivate func components(_ text: String) -> Int { components(separatedBy: text).count - 1 }
}
