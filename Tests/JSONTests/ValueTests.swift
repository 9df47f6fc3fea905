import JSON
import Testing

@Suite struct ValueTests {
    @Test func numbersKeepTheirLiteral() throws {
        let value = try JSONValue(parsing: "[18446744073709551615,0.1,1e999,1.0,1e3,1.5,-0,9007199254740993.0]")
        #expect(value.text == "[18446744073709551615,0.1,1e999,1.0,1e3,1.5,-0,9007199254740993.0]")
        #expect(value[0]?.int == nil)
        #expect(value[1]?.double == 0.1)
        #expect(value[2]?.double == nil)
        #expect(value[2]?.int == nil)
        #expect(value[3]?.int == 1)
        #expect(value[4]?.int == 1_000)
        #expect(value[5]?.int == nil)
        #expect(value[6]?.int == 0)
    }

    @Test func membersAreFoundByBytesAndNotByEquivalence() throws {
        let value = try JSONValue(parsing: #"{"é":1,"e\u0301":2}"#)
        #expect(value["\u{E9}"]?.int == 1)
        #expect(value["e\u{301}"]?.int == 2)
    }

    @Test func requiredMembersSayWhatIsWrong() throws {
        let value = try JSONValue(parsing: #"{"s":"x","i":7,"d":1.5,"b":true,"a":[],"n":null}"#)
        #expect(try value.string("s") == "x")
        #expect(try value.int("i") == 7)
        #expect(try value.double("d") == 1.5)
        #expect(try value.bool("b"))
        #expect(try value.array("a").isEmpty)
        #expect(try value.optionalString("n") == nil)
        #expect(try value.optionalInt("absent") == nil)
        #expect(throws: JSONError(.missing, "absent is missing")) { try value.string("absent") }
        #expect(throws: JSONError(.type, "i is not a string")) { try value.string("i") }
        #expect(throws: JSONError(.type, "s is not an integer")) { try value.optionalInt("s") }
        #expect(throws: JSONError(.type, "not an object where x is due")) { try JSONValue.null.string("x") }
    }

    @Test func aSliceIsParsedLikeAnArray() throws {
        let bytes = Array("xx[1]yy".utf8)
        #expect(try JSONValue(parsing: bytes[2..<5]) == [1])
    }

    @Test func theWriterPutsCommasAndBracketsWhereTheyBelong() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("s", "a\"b\\c\n\u{1}/é")
            writer.field("i", -7)
            writer.field("max", UInt64.max)
            writer.field("min", Int64.min)
            writer.field("d", 0.1)
            writer.field("inf", Double.infinity)
            writer.field("b", true)
            writer.null("nil")
            writer.optional("left out", nil as String?)
            writer.field("o", object: { $0.field("x", 1) })
            writer.field("e", object: { _ in })
            writer.field(
                "a",
                array: { writer in
                    writer.value(1)
                    writer.array { _ in }
                    writer.object { $0.field("y", [1, "z", nil]) }
                }
            )
            writer.field("raw", raw: Array("[1]".utf8))
            writer.field("last", 0)
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"s":"a\"b\\c\n\u0001/é","i":-7,"max":18446744073709551615,"min":-9223372036854775808,"d":0.1,"#
                + #""inf":null,"b":true,"nil":null,"o":{"x":1},"e":{},"a":[1,[],{"y":[1,"z",null]}],"raw":[1],"last":0}"#
        )
    }
}
