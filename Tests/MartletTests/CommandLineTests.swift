import JSON
import Testing

@testable import Martlet

@Suite struct CommandLineTests {
    private let options = [
        Option(name: "model", value: "M", meaning: ""), Option(name: "json", meaning: ""), Option.help,
    ]

    @Test func optionsAndOperandsMix() throws {
        let arguments = try Arguments(["a", "--model", "x", "b", "--json", "--", "--model"], options: options)
        #expect(arguments.operands == ["a", "b", "--model"])
        #expect(arguments.string("model") == "x")
        #expect(arguments.has("json") && !arguments.has("help"))
    }

    @Test func anEqualsSignSeparatesToo() throws {
        let arguments = try Arguments(["--model=a=b", "--model="], options: options)
        #expect(arguments.all("model") == ["a=b", ""])
    }

    @Test(arguments: [["--nope"], ["--model"], ["--json=1"]])
    func aMistypedOptionIsAUsageError(_ words: [String]) {
        let error = #expect(throws: CommandError.self) { try Arguments(words, options: options) }
        #expect(error?.code == .usage)
    }

    @Test func numbersHaveARange() throws {
        let arguments = try Arguments(["--model", "65"], options: options)
        #expect(throws: CommandError.self) { try arguments.int("model", in: 1...64) }
        #expect(try arguments.int("model", in: 1...65) == 65)
        #expect(try arguments.int("json", in: 1...2) == nil)
    }

    @Test func theLongestCommandNameWins() {
        #expect(CommandTable.find(["connector", "list", "--json"])?.command.name == "connector list")
        #expect(CommandTable.find(["up", "--workers", "2"])?.rest == ["--workers", "2"])
        #expect(CommandTable.find(["nope"]) == nil)
        #expect(CommandTable.isGroup("connector") && !CommandTable.isGroup("up"))
    }

    @Test func everyCommandExplainsItself() {
        for command in CommandTable.all {
            #expect(!command.summary.isEmpty)
            #expect(command.help.contains("--help"))
            for option in command.options {
                #expect(!option.meaning.isEmpty && command.help.contains("--\(option.name)"))
            }
        }
    }

    @Test func aCredentialComesFromTheEnvironmentOrAFile() throws {
        #expect(try ConnectorCommands.credential("api_key=a=b") == JSONField("api_key", "a=b"))
        #expect(try ConnectorCommands.credential("home=env:PATH").value.string?.contains("/") == true)
        for text in ["api_key", "=x", "a=env:MARTLET_NOT_SET", "a=@/nonexistent/file"] {
            #expect(throws: CommandError.self) { try ConnectorCommands.credential(text) }
        }
    }

    @Test func aRefusalKeepsItsCode() {
        let own = Refusal.error(status: 404, body: Array(#"{"success":false,"error":"no","code":"gone"}"#.utf8))
        #expect(own.message == "no" && own.cause == "gone" && own.code == .failed)
        let openAI = Refusal.error(status: 429, body: Array(#"{"error":{"message":"m","code":"quota"}}"#.utf8))
        #expect(openAI.message == "m" && openAI.cause == "quota" && openAI.code == .later)
        #expect(Refusal.error(status: 401, body: []).code == .noPermission)
        #expect(Refusal.error(status: 502, body: Array("<html>".utf8)).cause == "HTTP 502")
    }
}
