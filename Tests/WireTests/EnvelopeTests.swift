import JSON
import Testing
import Wire

@Suite struct EnvelopeTests {
    /// A valid header with some members replaced (nil takes one away) or added.
    private func header(_ changes: [(String, JSONValue?)]) throws -> [UInt8] {
        let text = try Samples.header(.jobDone).encoded()
        var fields = try #require(try JSONValue(parsing: text).object)
        for (name, value) in changes {
            let place = fields.firstIndex { $0.name == name }
            if let place { fields.remove(at: place) }
            if let value { fields.insert(JSONField(name, value), at: place ?? fields.count) }
        }
        return JSONValue.object(fields).bytes
    }

    private func refusal(_ changes: [(String, JSONValue?)]) throws -> WireError.Code? {
        code(of: try header(changes))
    }

    private func code(of bytes: [UInt8]) -> WireError.Code? {
        do throws(WireError) {
            _ = try Envelope(decoding: bytes)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func everyFieldComesBackAsItWasSent() throws {
        let sent = Samples.header(.jobDone)
        #expect(try Envelope(decoding: sent.encoded()) == sent)
        let least = Envelope(kind: .jobAccept, source: Samples.source)
        #expect(try Envelope(decoding: least.encoded()) == least)
    }

    @Test(arguments: ["id", "kind", "source", "sequence", "sent_at", "minor"])
    func aRequiredMemberMayNotBeMissing(name: String) throws {
        #expect(try refusal([(name, nil)]) == .header)
        #expect(try refusal([(name, .null)]) == .header)
    }

    @Test(arguments: [
        "correlation", "causation", "reply_to", "trace", "ttl_ms", "job", "attempt", "lease", "attachments",
    ]) func anOptionalMemberMayBeMissingOrNull(name: String) throws {
        #expect(try refusal([(name, nil)]) == nil)
        #expect(try refusal([(name, .null)]) == nil)
    }

    @Test(
        arguments: [
            ("id", "01K"), ("id", "81K00000000000000000000000"), ("id", "01k00000000000000000000000"), ("id", 5),
            ("id", "01K0000000000000000000000U"), ("kind", "Job.offer"), ("kind", "job"), ("kind", "job."),
            ("kind", ".x"),
            ("kind", "job offer"), ("kind", ""), ("kind", 1), ("sequence", 5), ("sequence", "05"), ("sequence", "-1"),
            ("sequence", "18446744073709551616"), ("sequence", ""), ("sequence", "1e3"), ("sent_at", "5"),
            ("sent_at", 1.5),
            ("sent_at", -1), ("causation", "x"), ("trace", 5), ("ttl_ms", -1), ("attempt", 1.5), ("attempt", -1),
            ("attempt", 4_294_967_296), ("lease", 5), ("source", "gateway"),
            ("source", ["service": "x", "instance": "y"]),
            ("minor", "0"), ("attachments", [:]), ("attachments", [1]), ("attachments", [["name": "x"]]),
        ] as [(String, JSONValue)]
    ) func aMemberOfAnotherTypeOrOutOfRangeIsRefused(name: String, value: JSONValue) throws {
        #expect(try refusal([(name, value)]) == .header)
    }

    @Test func textsAreBoundedOnBothSides() throws {
        let long = String(repeating: "x", count: WireLimits.headerText + 1)
        for name in ["correlation", "trace", "job", "lease"] {
            #expect(try refusal([(name, .string(long))]) == .header)
            #expect(try refusal([(name, .string(String(long.dropLast())))]) == nil)
        }
        var header = Samples.header(.jobAccept)
        header.lease = long
        #expect(throws: WireError.self) { try header.encoded() }
        #expect(throws: WireError.self) {
            try Envelope(kind: Kind(rawValue: "No"), source: Samples.source).encoded()
        }
        #expect(try refusal([("x", .string(String(repeating: "x", count: 9_000)))]) == .tooLarge)
    }

    @Test func unknownMembersAreIgnored() throws {
        #expect(try refusal([("later", ["any": [1, "x"]])]) == nil)
    }

    @Test func repeatedKeysDeepNestingAndBadTextAreRefused() throws {
        let text = String(decoding: try header([]), as: UTF8.self)
        #expect(code(of: Array(text.replacing(#""minor":0"#, with: #""minor":0,"minor":0"#).utf8)) == .duplicateKey)
        #expect(
            code(of: Array(text.replacing(#""minor":0"#, with: #""minor":0,"min\u006fr":0"#).utf8)) == .duplicateKey
        )
        #expect(code(of: Array(text.replacing(#""boot":"#, with: #""boot":"","boot":"#).utf8)) == .duplicateKey)
        let deep = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        #expect(code(of: Array(text.replacing(#""minor":0"#, with: #""x":\#(deep),"minor":0"#).utf8)) == .depth)
        #expect(code(of: Array(text.utf8).map { $0 == UInt8(ascii: "-") ? 0xFF : $0 }) == .encoding)
        #expect(code(of: Array("[]".utf8)) == .header)
        #expect(code(of: Array("{".utf8)) == .syntax)
    }

    @Test func attachmentsAreBoundedInNumberAndSize() throws {
        func described(_ count: Int, _ length: Int) -> Envelope {
            var header = Samples.header(.jobDone)
            let one = Attachment(name: "n", type: "t", length: length, sha256: Samples.described.sha256)
            header.attachments = Array(repeating: one, count: count)
            return header
        }
        #expect(throws: Never.self) { try described(16, WireLimits.attachmentBytes / 16).encoded() }
        #expect(throws: WireError.self) { try described(17, 1).encoded() }
        #expect(throws: WireError.self) { try described(16, WireLimits.attachmentBytes / 16 + 1).encoded() }
        #expect(throws: WireError.self) { try described(1, -1).encoded() }
    }

    @Test func kindsBelongToTheirSenders() {
        #expect(Kind.jobOffer.maySend(.gateway))
        #expect(!Kind.jobOffer.maySend(.imageWorker))
        #expect(Kind.jobDone.maySend(.imageWorker))
        #expect(!Kind.jobDone.maySend(.healthMonitor))
        #expect(Kind.jobDone.mayReceive(.gateway))
        #expect(!Kind.auditAppended.maySend(.gateway))
        #expect(Kind.auditAppend.mayReceive(.auditService))
        for role in Role.allCases {
            #expect(Kind.serviceHeartbeat.maySend(role))
            #expect(!Kind(rawValue: "x.y").maySend(role))
        }
    }
}
