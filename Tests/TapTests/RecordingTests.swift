import Bus
import JSON
import Loop
import Support
import Testing
import Wire

@testable import Tap

/// What `record` writes, `show` and `replay` read.
struct RecordingTests {
    private static func record(_ number: UInt64, kind: Kind = .jobStep, payload: Bool = false) throws -> [UInt8] {
        let source = Source(service: "gateway", instance: "g1", boot: "b1")
        let seen = Envelope(kind: kind, source: source, sequence: number, job: "img_000\(number)")
        let body = TapRecord(
            direction: .sent,
            link: "jobs",
            count: number,
            dropped: 0,
            payloadBytes: 20,
            attachmentBytes: 0,
            header: try Message(header: seen, payload: []).headerBytes,
            payload: payload ? Array("{}".utf8) : nil
        )
        let envelope = Envelope(kind: TapRecord.kind, source: source, sentAt: Int64(number) * 1_000)
        return try Message(header: envelope, body: body).encodeFirstFrame()
    }

    private static func recording(_ count: UInt64) throws -> [UInt8] {
        try (1...count).flatMap { try record($0) }
    }

    private func show(_ bytes: [UInt8], piece: Int = 1 << 16, _ arguments: String...) throws -> (MemorySink, Int32) {
        guard case .show(_, let options) = try Command(["show", "x"] + arguments) else { throw UsageError("another") }
        let sink = MemorySink()
        var showing = Showing(options, LineFormat(ink: Ink(isColoured: false)))
        var rest = bytes[...]
        let code = showing.run(sink) {
            defer { rest = rest.dropFirst(piece) }
            return Array(rest.prefix(piece))
        }
        return (sink, code)
    }

    @Test func whatWasRecordedIsShownAsWhatPasses() throws {
        let (sink, code) = try show(Self.recording(5), "kind=job.*", "-o", "json")
        #expect(code == Exit.done)
        let lines = try sink.lines.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(lines.compactMap { $0["count"]?.int } == [1, 2, 3, 4, 5])
        #expect(lines.allSatisfy { $0["topic"]?.string == "h.gateway.job.step" })
        #expect(sink.notes == ["5 shown of 5 seen, none lost"])
    }

    @Test func piecesOfAnySizeGiveTheSame() throws {
        let bytes = try Self.recording(3)
        for piece in [1, 7, 64, bytes.count] { #expect(try show(bytes, piece: piece).0.lines.count == 3) }
    }

    @Test func aRecordingCutAtAnyByteGivesItsWholeRecords() throws {
        let bytes = try Self.recording(2)
        let first = try Self.record(1).count
        for length in 0..<bytes.count {
            let (sink, code) = try show(Array(bytes.prefix(length)))
            #expect(sink.lines.count == (length < first ? 0 : 1), "\(length)")
            #expect(code == (length == 0 || length == first ? Exit.done : Exit.damaged), "\(length)")
        }
    }

    @Test func damageInTheMiddleIsToldAndTheRestShown() throws {
        var bytes = try Self.recording(3)
        let first = try Self.record(1).count
        bytes[first] = 0
        let (sink, code) = try show(bytes)
        #expect(sink.lines.count == 2 && code == Exit.damaged)
        #expect(sink.notes.last?.contains("could not be read") == true)
    }

    @Test func aGapInTheCountsIsALossInARecordingToo() throws {
        let (sink, _) = try show([1, 2, 6].flatMap { try Self.record($0) })
        #expect(sink.notes == ["3 shown of 3 seen, 3 lost (before the hub 3, after it 0)"])
    }

    @Test func anExpectationIsJudgedOnARecording() throws {
        #expect(try show(Self.recording(3), "--expect", "job=img_0002").1 == Exit.done)
        #expect(try show(Self.recording(3), "--expect", "kind=job.done").1 == Exit.unmet)
    }

    @Test func aReplayKeepsTheSpacingTimesItsSpeed() throws {
        let options = try ReplayOptions(["x", "--speed", "2x"])
        #expect(options.due(3_000_000, first: 1_000_000) == .seconds(1))
        #expect(options.due(500, first: 1_000) == .zero)
        #expect(try ReplayOptions(["x", "--speed", "max"]).due(9_000_000, first: 0) == .zero)
    }

    @Test func aFileThatIsThereIsNotOverwritten() throws {
        let path = "/tmp/martlet-recording-\(ULID.next())"
        let sink = try #require(FileSink(creating: path))
        #expect(sink.write([1, 2, 3]))
        #expect(FileSink(creating: path) == nil)
        #expect(RecordingFile(path)?.read() == [1, 2, 3])
        #expect(RecordingFile(path + "-none") == nil)
    }
}

/// A recording made of a live hub, and played to one that was started for it.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct ReplayTests {
    private func recorded(_ rig: Rig, _ arguments: String...) async throws -> [Sighting] {
        let tap = try await rig.follow(arguments: ["record", "-", "kind=health.*"] + arguments)
        try await rig.ping(3)
        try await eventually("twelve records") { await tap.follow.view.shown >= 12 }
        var reel = Reel()
        reel.append(tap.sink.bytes)
        var sightings: [Sighting] = []
        while let sighting = reel.last() { sightings.append(sighting) }
        #expect(reel.damages == 0)
        return sightings
    }

    @Test func aRecordingHasBothSidesOfEachMessage() async throws {
        let rig = try await Rig()
        let records = try await recorded(rig)
        #expect(records.count == 12)
        #expect(Set(records.map(\.header.id)).count == 6)
        var pairs = Pairs()
        #expect(records.compactMap { pairs.take($0) }.count == 3)
        await rig.stop()
    }

    @Test func itPlaysToAHubThatWasStartedForIt() async throws {
        let rig = try await Rig()
        let records = try await recorded(rig)
        let stage = try await rig.replayHub()
        let tap = try await rig.follow(arguments: ["kind=health.ping", "--both", "-o", "json"], hub: stage.outAddress)
        let replay = try await rig.replay(records, to: stage.inAddress, "--speed", "max")
        try await eventually("it ends") { replay.code.value != nil }
        try await eventually("six lines") { tap.sink.lines.count >= 6 }
        #expect(replay.code.value == Exit.done)
        #expect(replay.sink.notes.last == "12 of 12 records replayed")
        await stage.stop()
        await rig.stop()
    }

    @Test func aLiveHubTakesNoRecording() async throws {
        let rig = try await Rig()
        let records = try await recorded(rig)
        let tap = try await rig.follow(arguments: ["kind=health.ping"])
        let replay = try await rig.replay(records, to: await rig.hub.inAddress, "--now")
        try await eventually("it gives up", within: .seconds(20)) { replay.code.value != nil }
        #expect(replay.code.value == Exit.noHub)
        #expect(tap.sink.lines.isEmpty)
        await rig.stop()
    }
}
