import Loop
import Testing
import Wire

@testable import ImageWorker

/// The worker's decisions, without a socket or a clock.
@Suite struct WorkerMachineTests {
    typealias Action = WorkerMachine.Action

    private let lease = Duration.seconds(30)

    private func at(_ seconds: Double) -> Moment { Moment(nanoseconds: Int64(seconds * 1e9) + 1_000_000_000) }
    private func key(_ number: Int, lease: String = "t") -> JobKey {
        JobKey(job: "img_\(number)", attempt: 1, lease: "\(lease)\(number)")
    }

    private func machine(slots: Int = 1) -> WorkerMachine {
        var limits = WorkerMachine.Limits()
        limits.slots = slots
        var machine = WorkerMachine(limits, now: at(0))
        _ = machine.welcomed(keep: [], drop: [], lease: lease, now: at(0))
        return machine
    }

    private func step(_ phase: JobPhase, _ percent: Double, frame: String? = nil) -> JobStep {
        JobStep(phase: phase, percent: percent, index: 1, total: 1, message: "m", frame: frame)
    }

    /// Brings a job to the provider call.
    private func calling(_ machine: inout WorkerMachine, _ key: JobKey, now: Moment) {
        _ = machine.offered(key, lease: lease, now: now)
        _ = machine.wantsToSubmit(key, now: now)
        _ = machine.checkpointed(key, now: now)
    }

    // MARK: The usual way

    @Test func anImageGoesFromOfferToSettled() {
        var machine = machine()
        let job = key(1)
        #expect(machine.offered(job, lease: lease, now: at(0)) == [.accept(job), .start(job)])
        #expect(
            machine.wantsToSubmit(job, now: at(0)) == [.checkpoint(job, JobCheckpoint(phase: .submitting))]
        )
        #expect(machine.checkpointed(job, now: at(0)) == [.proceed(job)])
        let spent = Spent(costUSD: 0.01)
        #expect(
            machine.answered(job, spent: spent) == [.checkpoint(job, JobCheckpoint(phase: .submitted, spent: spent))]
        )
        #expect(machine.finished(job, now: at(1)) == [.sendResult(job), .credit(2)])
        #expect(machine.settled(job) == [.forget(job)])
        #expect(machine.isEmpty)
    }

    @Test func creditIsAnAbsoluteTotalOfTheSession() {
        var machine = WorkerMachine(WorkerMachine.Limits(), now: at(0))
        #expect(machine.grant() == [])
        #expect(machine.welcomed(keep: [], drop: [], lease: lease, now: at(0)) == [.credit(1)])
        #expect(machine.grant() == [])
        calling(&machine, key(1), now: at(0))
        #expect(machine.finished(key(1), now: at(0)).contains(.credit(2)))
        _ = machine.wentDown()
        #expect(machine.welcomed(keep: ["img_1"], drop: [], lease: lease, now: at(1)).contains(.credit(1)))
    }

    @Test func aRunningJobTakesItsSlotIntoTheNextSession() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.wentDown()
        let actions = machine.welcomed(keep: ["img_1"], drop: [], lease: lease, now: at(1))
        #expect(actions == [.renew(key(1), .call), .credit(0)])
    }

    @Test func aWorkerWhoseWorkHangsLetsItsLeasesEndAndTakesNothing() {
        var machine = machine(slots: 2)
        calling(&machine, key(1), now: at(0))
        #expect(machine.work(isStuck: true, now: at(1)) == [])
        for second in stride(from: 1.25, to: 40, by: 0.25) { #expect(machine.tick(at(second)) == []) }
        #expect(
            machine.offered(key(2), lease: lease, now: at(40)) == [
                .reject(key(2), reason: "stuck", retryAfterMs: 5_000)
            ]
        )
        // It turns again: the image may be another's, so the first word is a question.
        #expect(machine.work(isStuck: false, now: at(40)) == [.renew(key(1), .call), .credit(3)])
        #expect(machine.leased(key(1), lease: .zero, cancel: false, lost: true, now: at(41)).contains(.stop(key(1))))
    }

    // MARK: Duplicates and strangers

    @Test func anOfferThatComesTwiceIsAcceptedTwiceAndStartedOnce() {
        var machine = machine()
        _ = machine.offered(key(1), lease: lease, now: at(0))
        #expect(machine.offered(key(1), lease: lease, now: at(0)) == [.accept(key(1))])
    }

    @Test func moreThanTheSlotsIsRejected() {
        var machine = machine()
        _ = machine.offered(key(1), lease: lease, now: at(0))
        let actions = machine.offered(key(2), lease: lease, now: at(0))
        #expect(actions == [.reject(key(2), reason: "busy", retryAfterMs: 1_000), .credit(2)])
    }

    @Test func aNewTokenForTheSameImageEndsTheFormerTry() {
        var machine = machine(slots: 2)
        calling(&machine, key(1), now: at(0))
        let second = key(1, lease: "u")
        #expect(machine.offered(second, lease: lease, now: at(0)) == [.stop(key(1)), .accept(second), .start(second)])
        #expect(machine.finished(key(1), now: at(0)) == [.forget(key(1))])
    }

    @Test func checkpointsAndAnswersForOthersChangeNothing() {
        var machine = machine()
        _ = machine.offered(key(1), lease: lease, now: at(0))
        #expect(machine.checkpointed(key(1), now: at(0)) == [])
        #expect(machine.checkpointed(key(2), now: at(0)) == [])
        #expect(machine.answered(key(1), spent: nil) == [])
        #expect(machine.leased(key(2), lease: lease, cancel: false, lost: true, now: at(0)) == [])
        _ = machine.wantsToSubmit(key(1), now: at(0))
        #expect(machine.checkpointed(key(1), now: at(0)) == [.proceed(key(1))])
        #expect(machine.checkpointed(key(1), now: at(0)) == [])
    }

    @Test func settledForAnUnknownResultOnlyForgets() {
        var machine = machine()
        #expect(machine.settled(key(9)) == [.forget(key(9))])
    }

    // MARK: Leases

    @Test func aLeaseIsRenewedEachThird() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        var renewals = 0
        for tick in 1...(4 * 29) {
            let now = at(Double(tick) / 4)
            let actions = machine.tick(now)
            guard actions.contains(where: { if case .renew = $0 { true } else { false } }) else { continue }
            renewals += 1
            _ = machine.leased(key(1), lease: lease, cancel: false, lost: false, now: now)
        }
        #expect(renewals == 2)
    }

    @Test func aLostLeaseStopsTheWorkAndFreesTheSlot() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        let actions = machine.leased(key(1), lease: lease, cancel: false, lost: true, now: at(11))
        #expect(actions == [.stop(key(1)), .credit(2)])
        #expect(machine.finished(key(1), now: at(12)) == [.forget(key(1))])
    }

    @Test func aFinishedPictureIsOfferedAlsoWithoutItsLease() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.finished(key(1), now: at(1))
        #expect(machine.leased(key(1), lease: lease, cancel: false, lost: true, now: at(2)) == [])
        #expect(machine.tick(at(2.2)) == [])
        var later: [Action] = []
        for tick in 0..<60 { later += machine.tick(at(2.4 + Double(tick) / 4)) }
        #expect(later.contains(.sendResult(key(1))))
        #expect(!later.contains { if case .renew = $0 { true } else { false } })
    }

    @Test func afterAStallNothingFinalIsSaidUntilTheGatewayHasAnswered() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.tick(at(0.25))
        #expect(machine.tick(at(60)) == [.renew(key(1), .call)])
        #expect(!machine.finished(key(1), now: at(60.1)).contains(.sendResult(key(1))))
        let actions = machine.leased(key(1), lease: lease, cancel: false, lost: false, now: at(60.2))
        #expect(actions == [.sendResult(key(1))])
    }

    @Test func aShortPauseIsNoStall() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.tick(at(0.25))
        _ = machine.tick(at(20))
        #expect(machine.finished(key(1), now: at(20.1)).contains(.sendResult(key(1))))
    }

    // MARK: The gateway restarts

    @Test func whatWasNotAnsweredIsSaidAgainAfterTheNextWelcome() {
        var machine = machine(slots: 3)
        _ = machine.offered(key(1), lease: lease, now: at(0))
        _ = machine.wantsToSubmit(key(1), now: at(0))
        calling(&machine, key(2), now: at(0))
        _ = machine.finished(key(2), now: at(0))
        calling(&machine, key(3), now: at(0))
        _ = machine.wentDown()
        #expect(machine.tick(at(0.25)) == [])
        #expect(machine.holding.map(\.phase) == ["finished", "INIT", "AI_CALL"])
        let actions = machine.welcomed(keep: ["img_1", "img_2"], drop: ["img_3"], lease: lease, now: at(1))
        #expect(
            actions == [
                .stop(key(3)), .renew(key(1), .initialise), .checkpoint(key(1), JobCheckpoint(phase: .submitting)),
                .sendResult(key(2)), .credit(2),
            ]
        )
    }

    @Test func aDroppedResultIsForgotten() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.finished(key(1), now: at(0))
        _ = machine.wentDown()
        let actions = machine.welcomed(keep: [], drop: ["img_1"], lease: lease, now: at(1))
        #expect(actions == [.forget(key(1)), .credit(1)])
    }

    @Test func anUnansweredCheckpointIsRepeatedAndGivenUpInTheEnd() {
        var machine = machine()
        _ = machine.offered(key(1), lease: .seconds(100_000), now: at(0))
        _ = machine.wantsToSubmit(key(1), now: at(0))
        var seen: [Action] = []
        for tick in 1...(4 * 601) { seen += machine.tick(at(Double(tick) / 4)) }
        #expect(seen.count { if case .checkpoint = $0 { true } else { false } } > 100)
        #expect(seen.contains(.stop(key(1))))
        #expect(machine.isEmpty)
    }

    @Test func anUnsettledResultIsRepeatedWithGrowingPauses() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.finished(key(1), now: at(0))
        var sent = 0
        for tick in 1...(4 * 300) {
            let now = at(Double(tick) / 4)
            for action in machine.tick(now) {
                if action == .sendResult(key(1)) { sent += 1 }
                if case .renew = action {
                    _ = machine.leased(key(1), lease: lease, cancel: false, lost: false, now: now)
                }
            }
        }
        #expect((3...6).contains(sent))
    }

    @Test func whatAnotherProcessLeftIsDeliveredFirst() {
        var machine = WorkerMachine(WorkerMachine.Limits(), now: at(0))
        machine.adopted(key(7), spent: nil, now: at(0))
        #expect(machine.holding == [Holding(job: "img_7", attempt: 1, lease: "t7", phase: "finished")])
        let actions = machine.welcomed(keep: ["img_7"], drop: [], lease: lease, now: at(1))
        #expect(actions == [.sendResult(key(7)), .credit(1)])
    }

    // MARK: Cancelling

    @Test func cancellingStopsTheWorkAndSaysWhatItBroughtAbout() {
        for stage in 0..<3 {
            var machine = machine()
            _ = machine.offered(key(1), lease: lease, now: at(0))
            if stage > 0 { _ = machine.wantsToSubmit(key(1), now: at(0)) }
            if stage > 1 { _ = machine.checkpointed(key(1), now: at(0)) }
            let answer = JobCancelled(effect: .stopped)
            #expect(machine.cancelled(key(1)) == [.stop(key(1)), .cancelled(key(1), answer), .credit(2)])
            #expect(machine.cancelled(key(1)) == [.cancelled(key(1), answer)])
        }
    }

    @Test func whatIsPaidForCanOnlyBeCancelledTooLate() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        let spent = Spent(costUSD: 0.02)
        _ = machine.answered(key(1), spent: spent)
        let late = JobCancelled(effect: .tooLate, spent: spent)
        #expect(machine.cancelled(key(1)).contains(.cancelled(key(1), late)))
        var other = self.machine()
        calling(&other, key(2), now: at(0))
        _ = other.answered(key(2), spent: spent)
        _ = other.finished(key(2), now: at(0))
        #expect(other.cancelled(key(2)) == [.cancelled(key(2), late)])
        #expect(other.settled(key(2)) == [.forget(key(2))])
    }

    @Test func aCancelInsideALeaseCountsAsOne() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        let actions = machine.leased(key(1), lease: lease, cancel: true, lost: false, now: at(1))
        #expect(actions.contains(.cancelled(key(1), JobCancelled(effect: .stopped))))
    }

    @Test func aCancelForAStrangerIsAnswered() {
        var machine = machine()
        #expect(machine.cancelled(key(5)) == [.cancelled(key(5), JobCancelled(effect: .unknown))])
    }

    // MARK: Progress

    @Test func progressIsSentFourTimesASecondAtMostAndTheLatestWins() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        var sent: [Double] = []
        for tick in 0..<100 {
            let now = at(Double(tick) / 100)
            for action in machine.progressed(key(1), step(.call, Double(tick)), now: now) {
                if case .step(_, let step) = action { sent.append(step.percent) }
            }
        }
        #expect(sent.count == 4)
        for action in machine.tick(at(1.3)) {
            if case .step(_, let step) = action { sent.append(step.percent) }
        }
        #expect(sent.last == 99)
    }

    @Test func aNamedFrameIsNeverDropped() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.wentDown()
        for number in 0..<5 {
            #expect(machine.progressed(key(1), step(.call, Double(number), frame: "image_attempt"), now: at(0)) == [])
        }
        let frames = machine.welcomed(keep: ["img_1"], drop: [], lease: lease, now: at(1)).compactMap { action in
            if case .step(_, let step) = action { step } else { nil }
        }
        #expect(frames.map(\.percent) == [0, 1, 2, 3, 4])
        machine.notSent(key(1), frames[0])
        #expect(machine.tick(at(1.25)).contains(.step(key(1), frames[0])))
    }

    @Test func whatAFrameHasOvertakenIsNotSentBehindIt() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.progressed(key(1), step(.call, 30), now: at(0))
        #expect(machine.progressed(key(1), step(.call, 40), now: at(0.1)) == [], "too soon after the one before")
        let frame = step(.parse, 72, frame: "validating")
        #expect(machine.progressed(key(1), frame, now: at(0.2)) == [.step(key(1), frame)])
        let later = machine.tick(at(1)).filter { if case .step = $0 { true } else { false } }
        #expect(later.isEmpty)
    }

    // MARK: Spool and drain

    @Test func aFullSpoolGrantsNothing() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.spool(isFull: true)
        #expect(machine.finished(key(1), now: at(0)) == [.sendResult(key(1))])
        #expect(
            machine.offered(key(2), lease: lease, now: at(0)).contains(
                .reject(key(2), reason: "spool_full", retryAfterMs: 5_000)
            )
        )
        #expect(machine.spool(isFull: false) == [.credit(3)])
    }

    @Test func aDrainTakesNothingNewAndEndsWithTheLastJob() {
        var machine = machine(slots: 2)
        calling(&machine, key(1), now: at(0))
        #expect(machine.drain() == [.announceDrain])
        #expect(machine.drain() == [])
        #expect(
            machine.offered(key(2), lease: lease, now: at(0)) == [.reject(key(2), reason: "draining", retryAfterMs: 0)]
        )
        #expect(machine.finished(key(1), now: at(0)) == [.sendResult(key(1))])
        #expect(machine.settled(key(1)) == [.forget(key(1)), .drained])
    }

    @Test func aDrainWithoutASessionLeavesTheResultsInTheSpool() {
        var machine = machine()
        calling(&machine, key(1), now: at(0))
        _ = machine.finished(key(1), now: at(0))
        #expect(machine.drain() == [.announceDrain])
        #expect(machine.wentDown() == [.drained])
        #expect(machine.unsettled == 1)
    }

    @Test func theRestIsHandedBackWhenTheTimeIsUp() {
        var machine = machine(slots: 2)
        calling(&machine, key(1), now: at(0))
        _ = machine.offered(key(2), lease: lease, now: at(0))
        _ = machine.drain()
        #expect(
            machine.releaseRest() == [
                .stop(key(1)), .release(key(1), reason: "drain"), .stop(key(2)), .release(key(2), reason: "drain"),
                .drained,
            ]
        )
    }
}
