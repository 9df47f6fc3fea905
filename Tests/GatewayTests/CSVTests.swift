import JSON
import Support
import Testing

@testable import Gateway

struct CSVTests {
    private func line(_ fields: String...) -> String { String(decoding: CSV.line(fields), as: UTF8.self) }

    @Test(arguments: [
        "=1+1", "+1+1", "-1+1", "@SUM(A1)", " =1", "\t=1", "\n=1", "\r\n=1", " \t \n@x", "\u{A0}=1", "\u{3000}+1",
        "\u{FEFF}=1", "\u{200B}=cmd", "\u{0}=1", "\u{0B}=1", "\u{1F}-x", "\u{FF1D}1", "\u{FF0B}1", "\u{FF0D}x",
        "\u{FF20}x", "\tx",
        "\nx", "\rx", "-", "=", "+cmd|' /C calc'!A0", "--1", "-1e5x",
    ])
    func aFormulaIsText(field: String) {
        #expect(line(field).hasPrefix("'") || line(field).hasPrefix("\"'"), "\(field.debugDescription)")
        #expect(line("a", field).hasPrefix("a,'") || line("a", field).hasPrefix("a,\"'"))
    }

    @Test(arguments: [
        "", "a", "a=1", "1", "-1", "-1.5", "+7", "1e-7", "usr_1", "a-b", "ä", "'=1", "2026-11-21T01:47:31Z",
    ])
    func whatIsNoFormulaStaysAsItIs(field: String) {
        #expect(line(field) == field + "\r\n")
    }

    @Test func quotesCommasAndLinesAreQuoted() {
        #expect(line("a", "b,c", "d\"e", "f\ng", "h\ri") == "a,\"b,c\",\"d\"\"e\",\"f\ng\",\"h\ri\"\r\n")
        #expect(line("=\"x\",1") == "\"'=\"\"x\"\",1\"\r\n")
    }

    @Test func valuesAreWrittenAsTheyAre() {
        #expect(CSV.text(nil).isEmpty && CSV.text(.null).isEmpty)
        #expect(CSV.text("x") == "x" && CSV.text(7) == "7" && CSV.text(true) == "true")
        #expect(CSV.text(["a": 1]) == #"{"a":1}"#)
    }

    @Test func anyTextComesBackFromItsLine() {
        var random = SeededGenerator(seed: runSeed)
        let alphabet: [Character] = ["a", "=", "+", "-", "@", " ", "\t", "\n", "\r", "\"", ",", "'", "\u{FF1D}"]
        for _ in 0..<2_000 {
            let fields = (0..<3).map { _ in
                String(
                    (0..<Int.random(in: 0...5, using: &random)).compactMap { _ in alphabet.randomElement(using: &random)
                    }
                )
            }
            let parsed = parse(CSV.line(fields))
            #expect(parsed.count == 3, "seed \(runSeed): \(fields)")
            for (field, back) in zip(fields, parsed) {
                #expect(back == field || back == "'" + field, "seed \(runSeed): \(field.debugDescription)")
                #expect(!CSV.isFormula(back) || Double(back) != nil, "seed \(runSeed): \(field.debugDescription)")
            }
        }
    }

    /// RFC 4180, the other way round.
    private func parse(_ line: [UInt8]) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var index = 0
        let end = line.count - 2
        while index < end {
            let byte = line[index]
            if byte == 0x22 {
                if isQuoted, index + 1 < end, line[index + 1] == 0x22 {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted.toggle()
                }
            } else if byte == 0x2C, !isQuoted {
                fields.append(String(decoding: field, as: UTF8.self))
                field = []
            } else {
                field.append(byte)
            }
            index += 1
        }
        return fields + [String(decoding: field, as: UTF8.self)]
    }
}
