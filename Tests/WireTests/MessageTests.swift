import JSON
import Support
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct MessageTests {
    private func refusal(_ frame: [UInt8], _ attachments: [[UInt8]] = []) -> WireError.Code? {
        do throws(WireError) {
            _ = try Message(firstFrame: frame, attachments: attachments)
            return nil
        } catch {
            return error.code
        }
    }

    private func frame(_ header: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        func length(_ bytes: [UInt8]) -> [UInt8] {
            withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) }
        }
        return Array("MTL1".utf8) + length(header) + length(payload) + header + payload
    }

    @Test func theFrameIsPrefixHeaderPayload() throws {
        let message = try Message(header: Samples.header(.jobRenew), body: JobRenew(phase: .call))
        let bytes = message.encodeFirstFrame()
        #expect(bytes == frame(message.headerBytes, Array(#"{"phase":"AI_CALL"}"#.utf8)))
        #expect(try Message(firstFrame: bytes) == message)
        #expect(try message.body(JobRenew.self) == JobRenew(phase: .call))
        #expect(throws: WireError(.notAllowed, "another kind than expected")) { try message.body(JobAccept.self) }
    }

    @Test func everyTruncationAndEveryExtraByteIsRefused() throws {
        let bytes = try Samples.message(JobRenew(phase: .call)).encodeFirstFrame()
        for length in 0..<bytes.count {
            #expect(refusal(Array(bytes[..<length])) == .length, "cut after \(length)")
        }
        #expect(refusal(bytes + [0]) == .length)
    }

    @Test func badPrefixesAreRefusedForTheirReason() throws {
        let bytes = try Samples.message(JobRenew(phase: .call)).encodeFirstFrame()
        for index in 0..<4 {
            var other = bytes
            other[index] ^= 1
            #expect(refusal(other) == .magic)
        }
        var other = bytes
        other[4] = 0xFF
        #expect(refusal(other) == .tooLarge)
        other = bytes
        other[8] = 0xFF
        #expect(refusal(other) == .tooLarge)
        #expect(refusal(frame([UInt8(ascii: "{")], [])) == .length)
        #expect(refusal(frame(Array("{}".utf8), [])) == .header)
        #expect(refusal(frame(Array("[]".utf8), [])) == .header)
    }

    @Test func anUnknownKindIsRefusedBySessionsAndKeptByTheTap() throws {
        var header = Samples.header(.jobAccept)
        header.kind = Kind(rawValue: "job.teleport")
        let bytes = frame(try header.encoded(), Array("{}".utf8))
        #expect(refusal(bytes) == .unknownKind)
        let kept = try Message(firstFrame: bytes, unknownKinds: .kept)
        #expect(kept.header.kind.rawValue == "job.teleport")
        #expect(throws: WireError.self) { try kept.anyBody() }
        #expect(throws: WireError.self) { try kept.check(sender: .gateway) }
    }

    @Test func aRoleMaySendOnlyItsKinds() throws {
        let message = try Samples.message(JobRenew(phase: .call))
        #expect(throws: Never.self) { try message.check(sender: .imageWorker) }
        #expect(throws: WireError(.notAllowed, "a kind that this role may not send")) {
            try message.check(sender: .healthMonitor)
        }
    }

    @Test func payloadsAreReadOnlyWhenAskedFor() throws {
        let header = try Samples.header(.jobRenew).encoded()
        for (payload, code) in [
            ("nonsense", WireError.Code.syntax), ("[]", .syntax), ("{\"phase\":1}", .payload), ("{}", .payload),
            ("", .payload),
            (#"{"phase":"DONE","ph\u0061se":"DONE"}"#, .duplicateKey), (#"{"phase":null}"#, .payload),
            (#"{"x":\#(String(repeating: "[", count: 16))"#, .depth), ("{\"phase\":\"\u{1}\"}", .syntax),
        ] {
            let message = try Message(firstFrame: frame(header, Array(payload.utf8)))
            let error = #expect(throws: WireError.self) { try message.body(JobRenew.self) }
            #expect(error?.code == code, "\(payload)")
        }
        let empty = try Message(firstFrame: frame(try Samples.header(.jobAccept).encoded(), []))
        #expect(try empty.body(JobAccept.self) == JobAccept())
        #expect(try Message(firstFrame: empty.encodeFirstFrame()) == empty)
    }

    @Test func limitsHoldForTheSenderToo() throws {
        let header = Samples.header(.jobCancel)
        let wide = Array("{\"reason\":\"\(String(repeating: "x", count: WireLimits.payload))\"}".utf8)
        #expect(throws: WireError(.tooLarge, "the payload is too long")) { try Message(header: header, payload: wide) }
        #expect(throws: WireError.self) { try Message(header: header, payload: Array("nonsense".utf8)) }
        #expect(throws: WireError.self) { try Message(header: header, payload: [], attachments: [[1]]) }
        #expect(throws: WireError.self) { try Message(header: Samples.header(.jobDone), payload: [], attachments: []) }
        let rows = AuditPage(rows: [.string(String(repeating: "x", count: WireLimits.payload))])
        #expect(throws: WireError(.tooLarge, "the payload is too long")) { try rows.encoded() }
    }

    @Test func attachmentsMustBeWhatTheHeaderSays() throws {
        let done = try #require(Samples.bodies.compactMap { $0 as? JobDone }.first)
        let message = try Samples.message(done)
        let bytes = message.encodeFirstFrame()
        #expect(refusal(bytes, [Samples.picture]) == nil)
        #expect(refusal(bytes) == .attachments)
        #expect(refusal(bytes, [Samples.picture, []]) == .attachments)
        #expect(refusal(bytes, [Samples.picture + [0]]) == .attachments)
    }

    @Test func unknownMembersOfAPayloadAreIgnored() throws {
        for body in Samples.bodies {
            let kind = type(of: body).kind
            let more =
                Array(try body.encoded().dropLast())
                + Array("\(try body.encoded().count > 2 ? "," : "")\"later\":[{}]}".utf8)
            let header = Samples.header(kind)
            let message = try Message(
                header: header,
                payload: more,
                attachments: kind == .jobDone ? [Samples.picture] : []
            )
            #expect(try message.anyBody().encoded() == body.encoded(), "\(kind)")
        }
    }

    /// 100,000 damaged frames, or fewer on a busy machine: each is a message or an error, and whatever is read writes itself again.
    @Test func damagedFramesNeverTrap() throws {
        var random = SeededGenerator(seed: runSeed)
        let frames = try Samples.bodies.map { try Samples.message($0).encodeFirstFrame() }
        var counts: [WireError.Code: Int] = [:]
        var taken = 0
        let deadline = ContinuousClock.now + .seconds(15)
        for _ in 0..<100_000 where ContinuousClock.now < deadline {
            var bytes = frames.randomElement(using: &random) ?? []
            // Most of the damage behind the prefix, where there is more to hit.
            for _ in 0..<Int.random(in: 1...3, using: &random) { MessageTests.damage(&bytes, &random) }
            do throws(WireError) {
                let message = try Message(firstFrame: bytes, attachments: bytes.count % 2 == 0 ? [] : [Samples.picture])
                taken += 1
                let body = try message.anyBody()
                _ = try body.encoded()
            } catch {
                counts[error.code, default: 0] += 1
            }
        }
        #expect(taken > 100, "seed \(runSeed)")
        #expect(counts.count >= 8, "seed \(runSeed): \(counts)")
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard bytes.count > 12 else { return }
        let place = Int.random(in: Bool.random(using: &random) ? 12..<bytes.count : 0..<bytes.count, using: &random)
        let tokens = Array("{}[]:,\"\\0e.-".utf8) + [0, 0x1F, 0x80, 0xFF]
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes.removeLast(Int.random(in: 1...3, using: &random))
        case 1: bytes.remove(at: place)
        case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default: bytes[place] = tokens.randomElement(using: &random) ?? 0
        }
    }
}
