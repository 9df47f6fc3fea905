import Foundation
import Testing
import Wire

/// The frames in Tests/Fixtures/wire are frozen: every later build must read them and write them again to the byte.
///
/// A new kind gets its frame by `MARTLET_GOLDEN=write swift test --filter GoldenTests`, which only makes files that are missing.
/// A file that is there is never written again: when one no longer fits, the code is wrong.
@Suite struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/wire")

    private static func file(_ kind: Kind) -> URL { folder.appending(path: "\(kind.rawValue).mtl1") }

    private static func read(_ kind: Kind) throws -> Message {
        var reader = RecordingReader()
        reader.append(try Data(contentsOf: file(kind)))
        let message = try #require(try reader.next())
        #expect(reader.unread == 0)
        return message
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_GOLDEN"] == "write"))
    func missingFramesAreWritten() throws {
        try FileManager.default.createDirectory(at: GoldenTests.folder, withIntermediateDirectories: true)
        for body in Samples.bodies {
            let file = GoldenTests.file(type(of: body).kind)
            guard !FileManager.default.fileExists(atPath: file.path) else { continue }
            try Data(Samples.message(body).encodeRecorded()).write(to: file)
        }
    }

    @Test func everyKindHasASampleAndABody() {
        #expect(Set(Samples.bodies.map { type(of: $0).kind }) == Set(Kind.known))
        for kind in Kind.known {
            #expect(kind.isWellFormed)
            #expect(kind.body?.kind == kind)
        }
        #expect(Set(Kind.known).count == Kind.known.count)
    }

    @Test(arguments: Kind.known) func aGoldenFrameIsReadAndWrittenAgainToTheByte(kind: Kind) throws {
        let golden = try Array(Data(contentsOf: GoldenTests.file(kind)))
        let message = try GoldenTests.read(kind)
        #expect(message.header.kind == kind)
        #expect(try message.header.encoded() == message.headerBytes)
        let again = try Message(
            header: message.header,
            payload: try message.anyBody().encoded(),
            attachments: message.attachments
        )
        #expect(again.encodeRecorded() == golden)
    }

    @Test(arguments: Samples.bodies.map { type(of: $0).kind }) func aSampleStillGivesItsGoldenFrame(kind: Kind) throws {
        let body = try #require(Samples.bodies.first { type(of: $0).kind == kind })
        #expect(try Samples.message(body).encodeRecorded() == Array(Data(contentsOf: GoldenTests.file(kind))))
    }
}
