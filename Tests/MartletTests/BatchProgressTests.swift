import JSON
import Testing

@testable import Martlet

@Suite struct BatchProgressTests {
    /// Two images, `x` and `y`.
    private func batch() -> BatchProgress {
        var batch = BatchProgress(prompts: ["a boat", "a tram"])
        batch.stateRead(["status": "queued", "images": [["id": "x"], ["id": "y"]]])
        return batch
    }

    @Test func stepsMoveTheirImageAndTheWhole() {
        var batch = batch()
        let step: JSONValue = ["image_id": "y", "phase": "AI_CALL", "percent": 40.5, "message": "Generating"]
        #expect(batch.received("step", step) == true)
        #expect(batch.items[1].percent == 40 && batch.items[1].word == "generating")
        #expect(batch.items[0].percent == 0 && batch.percent == 20 && batch.message == "Generating")
        #expect(batch.received("step", step) == false)
    }

    @Test func nothingMovesBack() {
        var batch = batch()
        _ = batch.received("step", ["image_id": "x", "phase": "AI_CALL", "percent": 40])
        #expect(batch.received("step", ["image_id": "x", "phase": "PREP", "percent": 15]) == false)
        #expect(batch.items[0].word == "generating")
    }

    @Test func costsAreRoundedForPeople() {
        #expect(Output.dollars(0.499345) == "0.4993 USD" && Output.dollars(12.00005) == "12.0001 USD")
        #expect(Output.dollars(0) == "0.0000 USD")
    }

    @Test func anImageEndsOnce() {
        var batch = batch()
        _ = batch.received("image", ["image_id": "x"])
        _ = batch.received("image_failed", ["image_id": "y", "error": ["code": "provider_rejected"]])
        _ = batch.received("step", ["image_id": "x", "phase": "AI_CALL", "percent": 3])
        #expect(batch.items[0].percent == 100 && batch.items[0].word == "done")
        #expect(batch.items[1].hasFailed && batch.items[1].word == "provider_rejected")
        #expect(batch.percent == 100 && !batch.isOver)
    }

    @Test func theStateOfTheJobIsTakenToo() {
        var batch = batch()
        let images: JSONValue = [
            ["id": "x", "status": "generated", "percent": 100],
            ["id": "y", "status": "failed", "error": ["code": "timeout"]], ["id": "unexpected"],
        ]
        batch.stateRead(["status": "partial", "images": images])
        #expect(batch.isOver && batch.items[0].isOver && batch.items[1].word == "timeout")
    }

    @Test func whatIsUnknownIsIgnored() {
        var batch = batch()
        #expect(batch.received("new_frame", ["image_id": "z", "percent": "x"]) == false)
        #expect(batch.received("step", ["image_id": "x", "percent": "much"]) == false)
        #expect(batch.received("step", .null) == false)
        #expect(batch.received("done", .null) == true)
        #expect(batch.isOver)
    }

    @Test func barsFillInEighths() {
        #expect(ProgressDisplay.bar(0, width: 4) == "    ")
        #expect(ProgressDisplay.bar(50, width: 4) == "██  ")
        #expect(ProgressDisplay.bar(54, width: 4) == "██▏ ")
        #expect(ProgressDisplay.bar(130, width: 4) == "████")
    }

    @Test func thereIsALineForEachImageAndOneForAll() {
        #expect(ProgressDisplay.bars(batch(), columns: 80).count == 3)
        #expect(ProgressDisplay.bars(BatchProgress(prompts: ["x"]), columns: 80).count == 1)
    }

    @Test func picturesAreNamedFromTheirPrompt() {
        let name = PictureName.fileName(prompt: "A boat, at dawn!", index: 1, type: "image/webp")
        #expect(name == "a-boat-at-dawn-2.webp")
        #expect(PictureName.fileName(prompt: "日本", index: 0, type: "image/png; q=1") == "image-1.png")
        #expect(PictureName.fileName(prompt: "../../etc", index: 0, type: "x") == "etc-1.bin")
        let long = PictureName.fileName(prompt: String(repeating: "ab ", count: 99), index: 0, type: "image/jpeg")
        #expect(long.count < 60)
    }
}
