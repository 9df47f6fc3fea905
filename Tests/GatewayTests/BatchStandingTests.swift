import HTTP
import JSON
import Testing
import Wire

@testable import Gateway

/// How far a batch is, and what the feed tells of it.
@Suite struct BatchStandingTests {
    private func step(_ percent: Double, _ index: Int = 0, _ phase: JobPhase = .call) -> BatchStanding.Step {
        BatchStanding.Step(phase: phase, percent: percent, index: index, message: "Generating image \(index + 1) of 4")
    }

    @Test func theSharesOfThePhasesFillTheBar() {
        let shares = JobPhase.allCases.map(\.share)
        #expect(shares.first?.lowerBound == 0 && shares.last?.upperBound == 100)
        #expect(zip(shares, shares.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(shares.map(\.upperBound) == [10, 25, 70, 85, 98, 100])
    }

    @Test func theBatchIsTheMeanOfItsImagesAndOneThatFailedCountsAsDone() {
        var standing = BatchStanding(owner: "ada", total: 4)
        #expect(standing.percent == 0 && standing.message == "Waiting for a worker" && standing.phase == .initialise)
        let begun = [standing.reached(step(30, 1), image: "b"), standing.reached(step(50, 0), image: "a")]
        #expect(begun == [true, true])
        #expect(standing.percent == 20 && standing.message == "Generating image 1 of 4" && standing.phase == .call)
        standing.ended("a", isGood: false)
        #expect(standing.percent == 32.5 && standing.message == "Generating image 2 of 4")
        standing.ended("b", isGood: true)
        #expect(standing.percent == 50 && standing.message == "2 of 4 images done, 1 of them failed")
        let late = standing.reached(step(60, 1), image: "b")
        #expect(!late, "a step that comes late moves nothing")
        standing.ended("b", isGood: false)
        #expect(standing.generated == 1 && standing.failed == 1, "an image ends once")
        standing.ended("c", isGood: true)
        standing.ended("d", isGood: true)
        #expect(standing.isOver && standing.percent == 100 && standing.phase == .done)
    }

    // MARK: The feed

    @NetLoop
    private func feed(_ images: Int) -> JobFeed {
        let feed = JobFeed()
        feed.publish((1...images).map { event("image_pending", $0, .pending) })
        return feed
    }

    private func event(_ name: String, _ number: Int, _ change: JobEvent.Change) -> JobEvent {
        JobEvent(job: "j", owner: "ada", number: number, place: number, name: name, data: [], change: change)
    }

    private func jobStep(_ phase: JobPhase, _ percent: Double) -> JobStep {
        JobStep(phase: phase, percent: percent, index: 1, total: 2, message: "m", frame: "f")
    }

    /// An event as it is told.
    private struct Told: Equatable {
        let name: String
        let json: JSONValue

        var percent: Double? { json["percent"]?.double }
    }

    @NetLoop @Test func stepsAreHeardByTheJobAndByItsOwnerWithTheProgressOfTheWhole() throws {
        let feed = feed(2)
        var (job, all, others) = ([Told](), [Told](), 0)
        func told(_ event: JobEvent) -> Told {
            Told(name: event.name, json: (try? JSONValue(parsing: event.data)) ?? .null)
        }
        let subscriptions = [
            feed.subscribe("j") { job.append(told($0)) }, feed.subscribe(to: .owner("ada")) { all.append(told($0)) },
            feed.subscribe(to: .owner("bob")) { _ in others += 1 },
        ]
        feed.step(jobStep(.call, 40), image: "b", job: "j")
        #expect(job == all && others == 0)
        #expect(job.map(\.name) == ["step", "progress"] && job.map(\.percent) == [40, 20])
        #expect(job[0].json["step"]?.string == "f" && job[0].json["image_id"]?.string == "b")
        feed.publish([
            event("image", 3, .ended(image: "b", index: 1, total: 2, error: nil)),
            event("image_failed", 4, .ended(image: "a", index: 0, total: 2, error: "It is dark.")),
            event("done", 5, .over),
        ])
        #expect(
            all.dropFirst(2).map(\.name) == [
                "step", "image", "progress", "step", "image_failed", "progress", "done",
            ]
        )
        #expect(all[2].json["message"]?.string == "Image 2 of 2 is done" && all[2].percent == 100)
        #expect(all[5].json["message"]?.string == "Image 1 of 2 failed: It is dark.")
        #expect(all[7].percent == 100 && all[7].json["failed"]?.int == 1)
        feed.step(jobStep(.save, 90), image: "b", job: "j")
        #expect(all.count == 9 && feed.standings.isEmpty, "nothing is kept of a job that has ended")
        for subscription in subscriptions { feed.unsubscribe(subscription) }
        #expect(feed.listeners == 0)
    }

    @NetLoop
    @Test(arguments: [
        (JobPhase.initialise, 50.0, 10.0), (.prepare, 3, 10), (.call, .nan, 25), (.save, .infinity, 98),
        (.parse, 80, 80),
    ])
    func aPercentStaysInItsPhasesShare(phase: JobPhase, told: Double, kept: Double) {
        let feed = feed(2)
        feed.step(jobStep(phase, told), image: "b", job: "j")
        #expect(feed.step(of: "b", job: "j")?.percent == kept)
    }

    @NetLoop @Test func anImageThatIsTriedAgainIsAtItsBeginning() {
        let feed = feed(2)
        feed.setBack("b", job: "j", step: "waiting") { "Image \($0) waits" }
        #expect(feed.step(of: "b", job: "j") == nil, "it hasn't begun")
        feed.step(jobStep(.call, 40), image: "b", job: "j")
        feed.setBack("b", job: "j", step: "waiting") { "Image \($0) waits" }
        let step = feed.step(of: "b", job: "j")
        #expect(step?.percent == 0 && step?.message == "Image 2 of 2 waits" && step?.phase == .initialise)
    }
}
