import JSON
import Providers
import Testing

/// Each stored stream gives what its manifest says, however its bytes are cut.
@Suite struct StreamReaderTests {
    /// What a stream came to.
    struct Outcome: Equatable {
        var answer: ChatResult
        var failure: ProviderError?
    }

    static func read(_ fixture: Fixture, pieces: [ArraySlice<UInt8>]) throws -> Outcome {
        let codec = try #require(fixture.codec)
        var reader = codec.streamReader()
        var collector = ChatCollector()
        do throws(ProviderError) {
            for piece in pieces {
                let failure = piece.withUnsafeBytes { bytes -> ProviderError? in
                    do throws(ProviderError) {
                        try reader.feed(bytes) { collector.take($0) }
                        return nil
                    } catch {
                        return error
                    }
                }
                if let failure { throw failure }
            }
            try reader.end { collector.take($0) }
            return Outcome(answer: collector.answer)
        } catch {
            return Outcome(answer: collector.answer, failure: error)
        }
    }

    @Test(arguments: Fixture.streams)
    func aStreamGivesWhatItsManifestSays(_ fixture: Fixture) throws {
        let outcome = try Self.read(fixture, pieces: [fixture.bytes[...]])
        #expect(outcome.failure?.code == fixture.streamFailure)
        if let text = fixture.text { #expect(outcome.answer.parts.text == text) }
        if fixture.expect == "content_rejected" { #expect(outcome.answer.stopReason == .contentFilter) }
        for (call, expected) in zip(outcome.answer.parts.toolCalls, fixture.toolCalls) {
            #expect(call.name == expected.name)
            #expect(expected.id == nil || call.id == expected.id)
            let arguments = try JSONValue(parsing: call.arguments.isEmpty ? "{}" : call.arguments)
            #expect(arguments == expected.arguments)
        }
        #expect(outcome.answer.parts.toolCalls.count == fixture.toolCalls.count || fixture.toolCalls.isEmpty)
        if fixture.expect == "success-tool-calls" { #expect(outcome.answer.stopReason == .toolCalls) }
        // A server at an address of one's own may count nothing.
        if fixture.isSuccess, fixture.type != "openai_compatible" {
            #expect(outcome.answer.usage?.totalTokens ?? 0 > 0)
        }
    }

    @Test(arguments: Fixture.streams)
    func everyCutGivesTheSame(_ fixture: Fixture) throws {
        let whole = try Self.read(fixture, pieces: [fixture.bytes[...]])
        for cut in 0...fixture.bytes.count {
            let outcome = try Self.read(fixture, pieces: [fixture.bytes[..<cut], fixture.bytes[cut...]])
            #expect(outcome == whole, "cut at \(cut)")
        }
        let singles = fixture.bytes.indices.map { fixture.bytes[$0...$0] }
        #expect(try Self.read(fixture, pieces: singles) == whole)
    }

    @Test(arguments: Fixture.streams.filter(\.isSuccess))
    func aStreamCutBeforeItsMarkerIsNoSuccess(_ fixture: Fixture) throws {
        let half = fixture.bytes[..<(fixture.bytes.count / 3)]
        #expect(try Self.read(fixture, pieces: [half]).failure?.code == .malformedResponse)
    }
}
