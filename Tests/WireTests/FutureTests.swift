import Foundation
import JSON
import Testing
import Wire

/// Frames as a later version may send them: more members everywhere, a higher minor version, words and kinds that this
/// build doesn't know.
@Suite struct FutureTests {
    private static let later = JSONField("later_than_1_0", ["any": [1, "x", .null]])

    /// Every object of the tree with one member more.
    private static func extended(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let fields): .object(fields.map { JSONField($0.name, extended($0.value)) } + [later])
        case .array(let elements): .array(elements.map(extended))
        default: value
        }
    }

    private static func frame(_ header: JSONValue, _ payload: JSONValue) -> [UInt8] {
        func length(_ bytes: [UInt8]) -> [UInt8] { withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } }
        let (head, body) = (header.bytes, payload.bytes)
        return Array("MTL1".utf8) + length(head) + length(body) + head + body
    }

    private static func sample(_ kind: Kind) throws -> any Body {
        try #require(Samples.bodies.first { type(of: $0).kind == kind })
    }

    /// What the reader keeps as it came: parts of these payloads are documents of others.
    private static let keepers: Set<Kind> = [.auditAppend, .auditPage, .tapRecord, .jobFailed, .healthCredential]

    @Test(arguments: Kind.known) func whatALaterMinorAddsIsIgnored(kind: Kind) throws {
        let sent = try Samples.message(FutureTests.sample(kind))
        var header = try #require(JSONValue(parsing: sent.headerBytes).object)
        header = header.map { $0.name == "minor" ? JSONField("minor", .number("\(Envelope.currentMinor + 1)")) : $0 }
        let payload = sent.payload.isEmpty ? JSONValue.object([]) : try JSONValue(parsing: sent.payload)
        let isKeeper = FutureTests.keepers.contains(kind)
        let longer = isKeeper ? .object((payload.object ?? []) + [FutureTests.later]) : FutureTests.extended(payload)
        let bytes = FutureTests.frame(FutureTests.extended(.object(header)), longer)
        let read = try Message(firstFrame: bytes, attachments: sent.attachments)
        #expect(read.header.minor == Envelope.currentMinor + 1)
        var same = read.header
        same.minor = sent.header.minor
        #expect(same == sent.header)
        #expect(try read.anyBody().encoded() == sent.anyBody().encoded(), "the meaning is the same")
        #expect(String(decoding: read.headerBytes, as: UTF8.self).contains("later_than_1_0"), "passed on as it came")
    }

    /// A member with a closed set of words.
    struct Word: Sendable, CustomTestStringConvertible {
        let kind: Kind
        let path: [String]
        /// What an unknown word is read as; nil when the message is refused with `payload`.
        let readAs: String?

        var testDescription: String { "\(kind.rawValue) \(path.joined(separator: "."))" }

        init(_ kind: Kind, _ path: String, readAs: String?) {
            self.kind = kind
            self.path = path.split(separator: ".").map(String.init)
            self.readAs = readAs
        }
    }

    private static let words = [
        Word(.serviceHello, "role", readAs: nil),
        Word(.jobOffer, "spec.format", readAs: nil),
        Word(.jobOffer, "checkpoint.phase", readAs: nil),
        Word(.jobCheckpoint, "phase", readAs: nil),
        Word(.jobRenew, "phase", readAs: "AI_CALL"),
        Word(.jobStep, "phase", readAs: "AI_CALL"),
        Word(.jobCancelled, "effect", readAs: "unknown"),
        Word(.healthStatus, "evidence", readAs: "active"),
        Word(.auditAppend, "events.0.class", readAs: "security"),
        Word(.auditQuery, "view", readAs: nil),
        Word(.tapRecord, "direction", readAs: nil),
    ]

    private static func replace(_ path: ArraySlice<String>, in value: JSONValue, with word: String) -> JSONValue {
        guard let name = path.first else { return .string(word) }
        let rest = path.dropFirst()
        switch value {
        case .object(let fields):
            return .object(
                fields.map { $0.name == name ? JSONField(name, replace(rest, in: $0.value, with: word)) : $0 }
            )
        case .array(let elements):
            return .array(
                elements.enumerated().map { "\($0)" == name ? replace(rest, in: $1, with: word) : $1 }
            )
        default: return value
        }
    }

    private static func value(at path: [String], in value: JSONValue) -> JSONValue? {
        path.reduce(value) { value, name in Int(name).map { value?.array?[$0] } ?? value?[name] }
    }

    @Test(arguments: words) func anUnknownWordIsReadCarefullyOrRefusedByName(word: Word) throws {
        let sent = try Samples.message(FutureTests.sample(word.kind))
        let payload = try JSONValue(parsing: sent.payload)
        _ = try #require(FutureTests.value(at: word.path, in: payload)?.string, "the sample has the member")
        let changed = FutureTests.replace(word.path[...], in: payload, with: "from_the_future")
        let read = try Message(header: sent.header, payload: changed.bytes, attachments: sent.attachments)
        guard let readAs = word.readAs else {
            let error = #expect(throws: WireError.self) { try read.anyBody() }
            #expect(error?.code == .payload)
            #expect(error?.detail.contains(word.path.last ?? "") == true, "\(error?.detail ?? "")")
            return
        }
        let again = try JSONValue(parsing: read.anyBody().encoded())
        #expect(FutureTests.value(at: word.path, in: again)?.string == readAs)
    }

    /// The table above must grow with the wire: every read of a closed set stands in it.
    @Test func everyClosedSetOfWordsIsInTheMatrix() throws {
        let folder = GoldenTests.folder.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Shared/Wire")
        var reads: [String] = []
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.pathExtension == "swift" && file.lastPathComponent != "Body.swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            reads += text.matches(of: /members\.choice\("(\w+)"/).map { String($0.1) }
        }
        #expect(reads.sorted() == FutureTests.words.compactMap(\.path.last).sorted())
    }

    @Test func anUnknownKindIsAnsweredAndNeverDecoded() throws {
        let sent = try Samples.message(FutureTests.sample(.jobAccept))
        var header = sent.header
        header.kind = Kind(rawValue: "job.teleport")
        let bytes = FutureTests.frame(try JSONValue(parsing: header.encoded()), .object([FutureTests.later]))
        let error = #expect(throws: WireError.self) { try Message(firstFrame: bytes) }
        #expect(error?.code == .unknownKind)
        #expect(try Message(firstFrame: bytes, unknownKinds: .kept).header.kind.rawValue == "job.teleport")
    }
}
