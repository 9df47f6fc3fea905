import JSON
import Testing

@testable import Martlet

@Suite struct BatchProgressTests {
    private func batch() -> BatchProgress { BatchProgress(prompts: ["a boat", "a tram"]) }

    @Test func stepsMoveTheirImage() throws {
        var batch = batch()
        let step = try JSONValue(parsing: #"{"index":1,"phase":"AI_CALL","percent":40,"message":"m"}"#)
        #expect(batch.received("step", step) == true)
        #expect(batch.items[1].percent == 40 && batch.items[1].word == "generating")
        #expect(batch.items[0].percent == 0 && batch.percent == 0)
        #expect(batch.received("step", step) == false)
    }

    @Test func progressMovesTheWholeAndNeverBack() throws {
        var batch = batch()
        _ = batch.received("progress", ["percent": 60, "message": "Generating image 2 of 2"])
        _ = batch.received("progress", ["percent": 10])
        #expect(batch.percent == 60 && batch.message == "Generating image 2 of 2")
    }

    @Test func anImageEndsOnce() throws {
        var batch = batch()
        _ = batch.received("image", ["index": 0])
        _ = batch.received("image_failed", ["index": 1, "error": ["code": "provider_rejected"]])
        _ = batch.received("step", ["index": 0, "phase": "AI_CALL", "percent": 3])
        #expect(batch.items[0].percent == 100 && batch.items[0].word == "done")
        #expect(batch.items[1].hasFailed && batch.items[1].word == "provider_rejected")
    }

    @Test func theStateOfTheJobIsTakenToo() throws {
        var batch = batch()
        let job = try JSONValue(
            parsing: """
                {"status":"partial","percent":100,"images":[{"index":0,"status":"generated","percent":100},
                {"index":1,"status":"failed","error":{"code":"timeout"}}]}
                """
        )
        #expect(batch.received("progress", job) == true)
        #expect(batch.isOver && batch.items[0].isOver && batch.items[1].word == "timeout")
    }

    @Test func whatIsUnknownIsIgnored() {
        var batch = batch()
        #expect(batch.received("new_frame", ["index": 77, "percent": "x"]) == false)
        #expect(batch.received("step", ["index": -1]) == false)
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
