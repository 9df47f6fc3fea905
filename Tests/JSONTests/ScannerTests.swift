import JSON
import Testing

@Suite struct ScannerTests {
    static let keys: JSONKeys = ["model", "stream", "messages", "absent"]

    private func found(_ text: String, _ keys: JSONKeys = keys) throws(JSONError) -> [String?] {
        let bytes = Array(text.utf8)
        return try JSONScanner.members(of: bytes, wanted: keys).map { range in
            range.map { String(decoding: bytes[$0], as: UTF8.self) }
        }
    }

    private func refusal(_ text: String) -> JSONError.Code? {
        do throws(JSONError) {
            _ = try found(text)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func wantedMembersComeBackAsTheirRawBytes() throws {
        let text = #" { "stream" : true , "n" : {"model":2} , "messages":[ 1, {} ] , "model":"gpt" } "#
        #expect(try found(text) == [#""gpt""#, "true", "[ 1, {} ]", nil])
        #expect(try found("{}") == [nil, nil, nil, nil])
    }

    @Test func aKeyWrittenWithEscapesIsStillThatKey() throws {
        #expect(try found(#"{"mod\u0065l":1,"\u0073tream":2,"messa\u0067es":3}"#) == ["1", "2", "3", nil])
        let wide: JSONKeys = ["a/b", "q\"t"]
        #expect(try found(#"{"a\/b":1,"q\"t":2}"#, wide) == ["1", "2"])
    }

    @Test(arguments: [
        #"{"model":1,"model":2}"#, #"{"model":1,"mod\u0065l":2}"#, #"{"mod\u0065l":1,"model":2}"#,
        #"{"\u006dodel":1,"mod\u0065l":2}"#, #"{"a":1,"b":2,"a":3}"#, #"{"":1,"":2}"#,
        #"{"a-longer-key-than-a-mark":1,"a-longer-key-than-a-m\u0061rk":2}"#, #"{"é":1,"\u00e9":2}"#,
        #"{"😀":1,"\uD83D\uDE00":2}"#, #"{"a\n":1,"a\u000a":2}"#,
    ]) func aSecondKeyOfTheSameMeaningIsRefused(text: String) {
        #expect(refusal(text) == .duplicateKey)
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[{\"x\":\(text)}]") }
    }

    @Test(arguments: [
        #"{"a":1,"A":2}"#, #"{"é":1,"e\u0301":2}"#, #"{"prefix-same-1":1,"prefix-same-2":2}"#, #"{"a":1,"a\u0000":2}"#,
        #"{"a":{"a":1},"b":{"a":1}}"#, #"{"abcdefg":1,"abcdefgh":2}"#,
    ]) func differentKeysAreNotTakenForOne(text: String) throws {
        #expect(refusal(text) == nil)
        #expect(try JSONValue(parsing: text).object?.count == 2)
    }

    @Test func repeatedKeysAreFoundInObjectsOfAnySize() throws {
        for count in [1, 31, 32, 33, 34, 500] {
            let members = (0..<count).map { "\"key-number-\($0)\":\($0)" }
            #expect(refusal("{\(members.joined(separator: ","))}") == nil)
            for again in Set([0, count / 2, count - 1]) {
                let doubled = members + ["\"key-number-\(again)\":0"]
                #expect(refusal("{\(doubled.joined(separator: ","))}") == .duplicateKey, "\(again) of \(count)")
                let escaped = members + ["\"key\\u002dnumber-\(again)\":0"]
                #expect(
                    refusal("{\(escaped.joined(separator: ","))}") == .duplicateKey,
                    "\(again) of \(count), escaped"
                )
            }
        }
    }

    @Test func aNestedObjectIsScannedByItsRange() throws {
        let bytes = Array(#"{"source":{"service":"gateway","boot":"b"},"x":1}"#.utf8)
        let outer: JSONKeys = ["source"]
        let inner: JSONKeys = ["boot", "service"]
        let source = try #require(try JSONScanner.members(of: bytes, wanted: outer)[0])
        let ranges = try JSONScanner.members(of: bytes, in: source, wanted: inner)
        #expect(try JSONScanner.string(in: #require(ranges[0]), of: bytes) == "b")
        #expect(try JSONScanner.string(in: #require(ranges[1]), of: bytes) == "gateway")
    }

    @Test func elementsComeBackAsTheirRanges() throws {
        let bytes = Array(#"{"a":[1, "two" ,[3],{"four":4}],"b":[]}"#.utf8)
        let keys: JSONKeys = ["a", "b"]
        let found = try JSONScanner.members(of: bytes, wanted: keys)
        let elements = try JSONScanner.elements(of: bytes, in: found[0])
        #expect(elements.map { String(decoding: bytes[$0], as: UTF8.self) } == ["1", #""two""#, "[3]", #"{"four":4}"#])
        #expect(try JSONScanner.elements(of: bytes, in: found[1]).isEmpty)
    }

    @Test(arguments: ["[]", "1", #""{}""#, "null"]) func onlyAnObjectHasMembers(text: String) {
        #expect(refusal(text) == .type)
    }

    @Test(arguments: [
        #"{"a":01}"#, #"{"a":"\x"}"#, #"{"a":[1,]}"#, #"{"a":1}x"#, #"{"a":1"#, "{\"a\":\"\u{1}\"}",
        #"{"a":{"b":nul}}"#,
    ]) func aMistakeBehindTheWantedMemberIsStillFound(text: String) {
        #expect(refusal(#"{"model":1,"# + text.dropFirst()) == .syntax)
    }

    @Test func typedReadsCheckTheType() throws {
        let bytes = Array(
            #"["é\n\uD83D\uDE00",true,false,-9223372036854775808,9223372036854775808,1.5,null,"plain"]"#.utf8
        )
        let ranges = try JSONScanner.elements(of: bytes)
        #expect(try JSONScanner.string(in: ranges[0], of: bytes) == "é\n😀")
        #expect(try JSONScanner.string(in: ranges[7], of: bytes) == "plain")
        #expect(try JSONScanner.bool(in: ranges[1], of: bytes))
        #expect(try !JSONScanner.bool(in: ranges[2], of: bytes))
        #expect(try JSONScanner.int(in: ranges[3], of: bytes) == .min)
        #expect(JSONScanner.kind(in: ranges[6], of: bytes) == .null)
        for wrong in [4, 5, 0, 1, 6] {
            #expect(throws: JSONError.self) { try JSONScanner.int(in: ranges[wrong], of: bytes) }
        }
        for wrong in [1, 3, 6] {
            #expect(throws: JSONError.self) { try JSONScanner.string(in: ranges[wrong], of: bytes) }
            if wrong != 1 { #expect(throws: JSONError.self) { try JSONScanner.bool(in: ranges[wrong], of: bytes) } }
        }
    }

    @Test func anEmptyBufferIsAnErrorAndNotATrap() {
        #expect(throws: JSONError.self) { try JSONScanner.validate(UnsafeRawBufferPointer(start: nil, count: 0)) }
        #expect(throws: JSONError.self) { try JSONScanner.members(of: [], wanted: ScannerTests.keys) }
    }
}
