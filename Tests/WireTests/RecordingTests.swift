import Support
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct RecordingTests {
    private func messages() throws -> [Message] { try Samples.bodies.map { try Samples.message($0) } }

    /// All messages that come out, and the codes of the errors between them.
    private func drain(_ reader: inout RecordingReader) -> (messages: [Message], errors: [WireError.Code]) {
        var messages: [Message] = []
        var errors: [WireError.Code] = []
        while true {
            do throws(WireError) {
                guard let message = try reader.next() else { return (messages, errors) }
                messages.append(message)
            } catch {
                errors.append(error.code)
            }
        }
    }

    @Test func aRecordingComesBackInPiecesOfAnySize() throws {
        let sent = try messages()
        let bytes = sent.flatMap { $0.encodeRecorded() }
        for size in [1, 2, 3, 7, 64, 1_000, bytes.count] {
            var reader = RecordingReader()
            var got: [Message] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.append(bytes[start..<min(start + size, bytes.count)])
                let (messages, errors) = drain(&reader)
                #expect(errors.isEmpty)
                got += messages
            }
            #expect(got == sent)
            #expect(reader.unread == 0)
        }
    }

    @Test func aTornTailIsLeftUnreadAndNeverAnError() throws {
        let done = try #require(try messages().first { $0.header.kind == .jobDone })
        let bytes = done.encodeRecorded()
        for length in 0..<bytes.count {
            var reader = RecordingReader()
            reader.append(bytes + bytes[..<length])
            let (messages, errors) = drain(&reader)
            #expect(messages == [done])
            #expect(errors.isEmpty)
            #expect(reader.unread == length)
        }
    }

    @Test func whatStandsBehindDamageIsStillRead() throws {
        let sent = try messages()
        let bytes = sent[0].encodeRecorded()
        for damaged in [Array(bytes[..<(bytes.count / 2)]), [0, 1, 2], Array("MTL1MTL1".utf8), Array("MTL".utf8)] {
            var reader = RecordingReader()
            reader.append(damaged + sent[1].encodeRecorded() + sent[2].encodeRecorded())
            var (got, errors) = drain(&reader)
            while reader.unread > 0, reader.skip() {
                let more = drain(&reader)
                got += more.messages
                errors += more.errors
            }
            #expect(got == [sent[1], sent[2]], "\(damaged.count) bytes of damage")
        }
    }

    @Test func anAttachmentOfAnotherLengthIsRefused() throws {
        let done = try #require(try messages().first { $0.header.kind == .jobDone })
        var bytes = done.encodeRecorded()
        bytes[done.encodeFirstFrame().count + 3] ^= 1
        var reader = RecordingReader()
        reader.append(bytes)
        #expect(drain(&reader).errors.first == .attachments)
    }

    @Test func anyBytesEnd() {
        var random = SeededGenerator(seed: runSeed)
        for _ in 0..<300 {
            var bytes = (0..<500).map { _ in UInt8.random(in: 0...255, using: &random) }
            for _ in 0..<5 {
                let place = Int.random(in: 0..<480, using: &random)
                bytes.replaceSubrange(place..<place + 5, with: Array("MTL1\0".utf8))
            }
            var reader = RecordingReader()
            reader.append(bytes)
            while reader.unread > 0 {
                _ = drain(&reader)
                if !reader.skip() { break }
            }
            #expect(reader.unread < 4)
        }
    }
}
