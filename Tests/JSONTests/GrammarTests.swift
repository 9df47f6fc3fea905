import JSON
import Testing

/// RFC 8259, case by case, for the scanner and the tree alike.
@Suite struct GrammarTests {
    static let accepted = [
        "{}", "[]", "0", "-0", "1", "-1", "10", "0.5", "-0.5", "1e3", "1E3", "1e+3", "1e-3", "1.25e10", "0e0", "0.0e-0",
        "true",
        "false", "null", #""""#, #""a""#, " [ ] ", "\t\r\n {\n}\t", "[1,2]", "[ 1 , 2 ]", #"{"a":1}"#,
        #"{ "a" : 1 , "b" : [] }"#,
        #"{"":0}"#, #""\"\\\/\b\f\n\r\t""#, #""A""#, #""é中""#, #""😀""#, #""\uD83D\uDE00""#, "\"é\"", "\"中文\"", "\"😀\"",
        "\"\u{7F}\"", "\"\u{10FFFF}\"", "\"\u{80}\"", "\"\u{7FF}\"", "\"\u{800}\"", "\"\u{FFFF}\"", #""\u0000""#,
        "123456789012345678901234567890", "1e999", "-1e-999", "[[[[[[[[[[]]]]]]]]]]", #"{"a":{"a":{"a":1}}}"#,
        #"{"é":1,"e\u0301":2}"#, "\"\u{2028}\u{2029}\"",
    ]

    static let refused = [
        "", " ", "{", "}", "[", "]", "[1", "[1,", "[,1]", "[1,]", "[1 2]", "[1]]", "{}{}", "{} x", "1 2", #"{"a"}"#,
        #"{"a":}"#,
        #"{"a":1,}"#, #"{,"a":1}"#, #"{"a" 1}"#, #"{"a":1 "b":2}"#, "{a:1}", "{'a':1}", "{1:1}", #"{"a":1]"#, "[1}",
        "01", "-",
        "-01", "+1", ".5", "1.", "1.e3", "1e", "1e+", "0x10", "1_000", "--1", "NaN", "Infinity", "-Infinity", "True",
        "TRUE",
        "tru", "nul", "nulll", "truefalse", "'a'", #"""#, #""a"#, #""\"#, #""\x""#, #""\u""#, #""\u12""#, #""\u12G4""#,
        #""\'""#, "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "/* */1", "1//", "\u{FEFF}{}", "[1,,2]", "{\u{A0}}",
        "\u{0C}1",
        "[\u{0B}]", #""\u{41}""#, "[\u{0}]", "{}\u{0}", #"{"a":1,"b"}"#, #"{"a":tru}"#,
    ]

    static let badEncodings: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE1, 0x80],
        [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
        [0xF1, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x41], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE],
        [0xFF],
        [0xE2, 0x28, 0xA1], [0xF0, 0x28, 0x8C, 0xBC],
    ]

    static let halves = [
        #"\uD800"#, #"\uDC00"#, #"\uDBFF"#, #"\uDFFF"#, #"\uD800x"#, #"\uD800A"#, #"\uD800\uD800"#, #"\uDC00\uD800"#,
        #"\uD83D\n"#, #"\ud83d 00"#,
    ]

    @Test(arguments: accepted) func whatTheGrammarAllowsIsTaken(text: String) {
        #expect(refusals(text) == [nil, nil])
    }

    @Test(arguments: refused) func whatTheGrammarForbidsIsASyntaxError(text: String) {
        #expect(refusals(text) == [.syntax, .syntax])
    }

    @Test(arguments: badEncodings) func bytesThatAreNotUTF8AreRefusedWhereverTheyStand(sequence: [UInt8]) {
        for padding in 0..<17 {
            let quote = UInt8(ascii: "\"")
            let text = [quote] + [UInt8](repeating: 0x61, count: padding) + sequence + [quote]
            #expect(refusals(text) == [.encoding, .encoding], "after \(padding) letters")
        }
    }

    @Test(arguments: halves) func halfASurrogatePairIsRefusedInValuesAndKeys(half: String) {
        #expect(refusals("\"\(half)\"") == [.encoding, .encoding])
        #expect(refusals("{\"\(half)\":1}") == [.encoding, .encoding])
    }

    @Test func depthIsTakenUpToTheLimitAndRefusedBeyond() {
        for depth in [1, 16, 63, 64] {
            let limits = JSONLimits(depth: depth, bytes: 1_000)
            let arrays = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let objects = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
            #expect(refusals(arrays, limits) == [nil, nil])
            #expect(refusals(objects, limits) == [nil, nil])
            #expect(refusals("[\(arrays)]", limits) == [.depth, .depth])
            #expect(refusals(#"{"a":\#(objects)}"#, limits) == [.depth, .depth])
        }
        #expect(JSONLimits(depth: 1_000, bytes: 1).depth == 64)
        let hostile = String(repeating: "[", count: 1_000_000)
        #expect(refusals(hostile) == [.depth, .depth])
    }

    @Test func mixedNestingClosesWithItsOwnBrackets() {
        #expect(refusals(#"[{"a":[{"b":[]},{}]},[[],{}]]"#) == [nil, nil])
        #expect(refusals(#"[{"a":[{"b":[}]}]"#) == [.syntax, .syntax])
        #expect(refusals(#"{"a":[1,{"b":2]}}"#) == [.syntax, .syntax])
        #expect(refusals(#"[{"a":1},"b":2]"#) == [.syntax, .syntax])
    }

    @Test func aDocumentPastTheByteLimitIsRefused() {
        #expect(refusals("[1]", JSONLimits(depth: 4, bytes: 3)) == [nil, nil])
        #expect(refusals("[1]", JSONLimits(depth: 4, bytes: 2)) == [.tooLarge, .tooLarge])
    }

    @Test func everyTruncationOfADocumentIsAnError() {
        let text =
            #" {"a":[1,-2.5e+3,true,false,null],"b\u00e9":{"c":"x\n\uD83D\uDE00é😀"},"d":"long enough for words"}"#
        let bytes = Array(text.utf8)
        #expect(refusals(bytes) == [nil, nil])
        for length in 0..<bytes.count {
            let part = Array(bytes[..<length])
            #expect(!refusals(part).contains(nil), "cut after \(length) bytes")
        }
    }

    @Test func anErrorSaysWhereAndNeverWhat() throws {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: #"{"secret-key":"secret-value" oops}"#)
        }
        #expect(error?.offset == 29)
        #expect(error?.description.contains("secret") == false)
    }
}

/// The codes with which the scanner and the tree refuse a document; nil where they take it.
func refusals(_ text: String, _ limits: JSONLimits = .default) -> [JSONError.Code?] {
    refusals(Array(text.utf8), limits)
}

func refusals(_ bytes: [UInt8], _ limits: JSONLimits = .default) -> [JSONError.Code?] {
    let scanned = code { () throws(JSONError) in
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try JSONScanner.validate(UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }
    let parsed = code { () throws(JSONError) in _ = try JSONValue(parsing: bytes, limits: limits) }
    return [scanned, parsed]
}

private func code(_ body: () throws(JSONError) -> Void) -> JSONError.Code? {
    do throws(JSONError) {
        try body()
        return nil
    } catch {
        return error.code
    }
}
