import JSON
import Support
import Testing

@testable import Gateway

/// What a turn tells, and in which order, over every path.
@Suite struct TurnMachineTests {
    // MARK: The sequences of product.md D3

    @Test func replyTextIsMetaDeltasDoneFinal() throws {
        var turn = ToldTurn(.text)
        turn.begin()
        #expect(turn.order == .text)
        turn.answerText("Kingfishers", " dive.")
        #expect(turn.lifecycle == ["meta", "delta", "delta", "done", "final"])
        #expect(
            turn.said == ["turn_start", "meta", "delta", "delta", "done", "turn_complete", "final"]
        )
        #expect(turn.isOver)
        #expect(try turn.first(.meta)["action"]?.string == "reply_text")
        #expect(try turn.first(.meta)["model"]?.string == "talk-1")
        #expect(try turn.first(.done)["usage"]?["output_tokens"]?.int == 5)
        #expect(try turn.first(.turnComplete)["text"]?.string == "Kingfishers dive.")
        #expect(turn.frames.allSatisfy { $0["message_id"]?.string == "msg_X" })
    }

    @Test func replyTextImageTellsTheTextAndThenThePicture() throws {
        var turn = ToldTurn(.textAndImage)
        turn.begin()
        turn.answerText("Here:")
        #expect(turn.order == .picture(0))
        turn.makePicture()
        #expect(turn.lifecycle == ["meta", "delta", "done", "image_pending", "image_attempt", "image", "final"])
        #expect(turn.frames.allSatisfy { $0["message_id"]?.string == "msg_X" })
        #expect(try turn.first(.image)["url"]?.string == "/api/images/img_1/content")
        #expect(try turn.first(.turnComplete)["image_id"]?.string == "img_1")
    }

    @Test func replyTextImageWithoutAPictureEndsWellAllTheSame() throws {
        var turn = ToldTurn(.textAndImage)
        turn.begin()
        turn.answerText("Here:")
        turn.failPicture()
        turn.failPicture()
        let expected = [
            "meta", "delta", "done", "image_pending", "image_attempt", "image_attempt", "image_failed", "final",
        ]
        #expect(turn.lifecycle == expected)
        #expect(try turn.first(.imageFailed)["message_id"]?.string == "msg_X")
    }

    @Test func replyImageTellsThePictureAsTheMessage() throws {
        var turn = ToldTurn(.image)
        turn.begin()
        #expect(turn.order == .picture(0))
        turn.failPicture()
        #expect(turn.order == .picture(1))
        turn.makePicture()
        let expected = ["image_pending", "image_attempt", "image_attempt", "meta", "image", "done", "final"]
        #expect(turn.lifecycle == expected)
        #expect(try turn.first(.meta)["action"]?.string == "reply_image")
        #expect(try turn.first(.image)["model"]?.string == "paint-1")
        #expect(try turn.first(.image)["variant"]?.string == "hd")
        #expect(turn.frames.allSatisfy { $0["message_id"]?.string == "msg_X" })
    }

    @Test func replyImageWithoutAPictureIsAnsweredInTextThatKeepsTheDiagnosis() throws {
        var turn = ToldTurn(.image)
        turn.begin()
        turn.failPicture(code: "provider_rejected")
        turn.failPicture(code: "timeout")
        #expect(turn.order == .text)
        turn.answerText("I could", " not draw it.")
        let expected = [
            "image_pending", "image_attempt", "image_attempt", "image_failed", "meta", "delta", "delta", "done",
            "final",
        ]
        #expect(turn.lifecycle == expected)
        let names = turn.frames.map { $0["message_id"]?.string }
        let failed = try #require(turn.frames.firstIndex { $0.name == .imageFailed })
        #expect(names[...failed].allSatisfy { $0 == "msg_X" } && names[(failed + 1)...].allSatisfy { $0 == "msg_Y" })
        #expect(try turn.first(.meta)["action"]?.string == "reply_text")
        for name in [TurnFrame.Name.meta, .done] {
            let diagnosis = try #require(try turn.first(name)["diagnosis"])
            #expect(diagnosis["message_id"]?.string == "msg_X")
            #expect(diagnosis["reason"]?.string == "chain_exhausted")
            let codes = diagnosis["attempts"]?.array?.map { $0["code"]?.string }
            #expect(codes == ["provider_rejected", "timeout"])
        }
    }

    // MARK: The chain

    @Test(arguments: 1...8, TurnMachine.Wish.allCases)
    func eachStepIsTriedOnceInItsPlaceUntilOneMakesIt(_ steps: Int, _ wish: TurnMachine.Wish) throws {
        guard wish != .text else { return }
        for good in 0...steps {
            var turn = ToldTurn(wish, steps: steps)
            turn.begin()
            if wish == .textAndImage { turn.answerText("a") }
            for step in 0..<good {
                #expect(turn.order == .picture(step))
                turn.failPicture()
            }
            if good < steps { turn.makePicture() } else if wish == .image { turn.answerText("b") }
            #expect(turn.isOver)
            let attempts = turn.frames(.imageAttempt)
            #expect(attempts.map { $0["index"]?.int } == (0..<Int64(min(good + 1, steps))).map { $0 })
            #expect(attempts.allSatisfy { $0["total"]?.int == Int64(steps) })
            #expect(attempts.map { $0["model"]?.string } == (0..<attempts.count).map { "paint-\($0)" })
            #expect(turn.frames(.image).count == (good < steps ? 1 : 0))
            #expect(turn.frames(.imageFailed).count == (good < steps ? 0 : 1))
            #expect(turn.frames.last?.name == .final)
        }
    }

    @Test(arguments: [
        ([TurnMachine.StepFailure.Kind.config, .config], "config_error"),
        ([.empty, .empty], "zero_images"),
        ([.other, .other], "chain_exhausted"),
        ([.config, .empty], "chain_exhausted"),
        ([.empty, .other], "chain_exhausted"),
    ])
    func theReasonSaysWhyThereIsNoPicture(_ kinds: [TurnMachine.StepFailure.Kind], _ reason: String) throws {
        for wish in [TurnMachine.Wish.image, .textAndImage] {
            var turn = ToldTurn(wish)
            turn.begin()
            if wish == .textAndImage { turn.answerText("a") }
            for kind in kinds { turn.failPicture(kind) }
            #expect(try turn.first(.imageFailed)["reason"]?.string == reason)
        }
    }

    // MARK: Failures at every step

    @Test func aFailureOfTheTextEndsTheTurnWhereverItComes() throws {
        for wish in TurnMachine.Wish.allCases {
            for pieces in 0...3 {
                var turn = ToldTurn(wish)
                turn.begin()
                if wish == .image {
                    turn.failPicture()
                    turn.failPicture()
                }
                if pieces > 0 { turn.hear { $0.textBegan(connector: "house", model: "talk-1") } }
                for _ in 1..<max(1, pieces) { turn.hear { $0.said("a") } }
                turn.hear { $0.failed(GatewayError(.providerUnavailable, "It broke.")) }
                #expect(turn.isOver && turn.frames.last?.name == .error, "\(wish) after \(pieces)")
                let error = try turn.first(.error)
                #expect(error["success"]?.bool == false && error["code"]?.string == "provider_unavailable")
                #expect(error["request_id"]?.string == "req_1")
                #expect(!turn.said.contains("final") && !turn.said.contains("done"))
            }
        }
    }

    @Test func whatComesAfterTheEndIsTooLate() {
        let ends: [(inout TurnMachine) -> [TurnMachine.Action]] = [
            { $0.left() }, { $0.failed(GatewayError(.timeout, "Too late.")) },
        ]
        for end in ends {
            for wish in TurnMachine.Wish.allCases {
                for depth in 0...2 {
                    var turn = ToldTurn(wish)
                    turn.begin()
                    if depth > 0, wish != .image { turn.hear { $0.textBegan(connector: "house", model: "talk-1") } }
                    if depth > 1, wish != .image { turn.hear { $0.said("a") } }
                    if depth > 0, wish == .image { turn.failPicture() }
                    turn.hear(end)
                    #expect(turn.isOver)
                    let count = turn.frames.count
                    everything(&turn)
                    #expect(turn.frames.count == count)
                }
            }
        }
    }

    /// All that can happen, in an order in which it can't.
    private func everything(_ turn: inout ToldTurn) {
        turn.hear { $0.wasSilent() }
        turn.hear { $0.said("b") }
        turn.hear { $0.calls(id: "c", name: "t") }
        turn.hear { $0.argued(0, "{") }
        turn.makePicture()
        turn.failPicture()
        turn.hear { $0.filtered(nil) }
        turn.hear { $0.stopped(.toolCalls) }
        turn.hear { $0.textEnded(inputTokens: nil, outputTokens: nil) }
        turn.answerText("c")
        turn.hear { $0.began() }
        turn.hear { $0.failed(GatewayError(.timeout, "Again.")) }
        turn.hear { $0.left() }
    }

    @Test func whateverHappensInWhateverOrderATurnEndsOnceAndItsNumbersRise() {
        let seed = runSeed
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var turn = ToldTurn(TurnMachine.Wish.allCases.randomElement(using: &random) ?? .text, steps: 2)
            turn.begin()
            for _ in 0..<Int.random(in: 0...40, using: &random) { happening(&turn, &random) }
            let last = turn.frames.filter { $0.name == .final || $0.name == .error }.count
            #expect(last <= 1 && turn.frames(.done).count <= 1 && turn.frames(.image).count <= 1, "seed \(seed)")
            #expect(turn.frames(.imageFailed).count <= 1 && turn.frames(.meta).count <= 1, "seed \(seed)")
            #expect(last == 0 || turn.isOver, "seed \(seed)")
        }
    }

    private func happening(_ turn: inout ToldTurn, _ random: inout SeededGenerator) {
        switch Int.random(in: 0..<14, using: &random) {
        case 0, 1: turn.hear { $0.textBegan(connector: "house", model: "talk-1") }
        case 2, 3: turn.hear { $0.said("a") }
        case 4: turn.hear { $0.calls(id: "c", name: "t") }
        case 5: turn.hear { $0.argued(0, "{}") }
        case 6: turn.hear { $0.stopped(.ended("stop")) }
        case 7: turn.hear { $0.textEnded(inputTokens: nil, outputTokens: nil) }
        case 8: turn.makePicture()
        case 9: turn.failPicture()
        case 10: turn.hear { $0.wasSilent() }
        case 11: turn.hear { $0.filtered(.init(code: "violence", message: "No.")) }
        case 12: turn.hear { $0.ran(.init(id: "r", name: "search", arguments: "{}")) }
        default:
            guard Int.random(in: 0..<6, using: &random) == 0 else { return }
            turn.hear { $0.failed(GatewayError(.timeout, "Too late.")) }
        }
    }
}
