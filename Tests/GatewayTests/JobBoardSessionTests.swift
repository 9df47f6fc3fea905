import Bus
import Loop
import Support
import Testing

@testable import Gateway

/// What a hello, a lost offer and a suspended machine mean to the board.
@Suite struct JobBoardSessionTests {
    private func isLost(_ action: JobBoard.Action) -> Bool { if case .lost = action { true } else { false } }

    private func leasedBench() throws -> (bench: Bench, unit: String, lease: String) {
        var bench = Bench()
        bench.submit(1)
        bench.join(Bench.first, credit: 1)
        let offer = try #require(bench.offers().first)
        bench.take(bench.board.accepted(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        return (bench, offer.unit, offer.lease)
    }

    @Test func hellosWithoutARenewalKeepNoLeaseAlive() throws {
        var (bench, unit, lease) = try leasedBench()
        bench.join(Bench.second, credit: 1)
        var elapsed = Duration.zero
        let held = JobBoard.Holding(unit: unit, lease: lease)
        while bench.board.units[unit]?.worker == Bench.first, elapsed < .seconds(120) {
            _ = bench.board.workerJoined(Bench.first, holding: [held], now: bench.now)
            for _ in 0..<20 { bench.advance(.milliseconds(250)) }
            elapsed += .seconds(5)
        }
        #expect(bench.board.units[unit]?.worker == Bench.second)
        #expect(elapsed <= .seconds(35), "one lease and a little: \(elapsed)")
    }

    @Test func aWorkerThatComesBackLateHasTheTimeToRenew() throws {
        var (bench, unit, lease) = try leasedBench()
        for _ in 0..<119 { bench.advance(.milliseconds(250)) }
        let held = JobBoard.Holding(unit: unit, lease: lease)
        #expect(bench.board.workerJoined(Bench.first, holding: [held], now: bench.now).keep == [unit])
        for _ in 0..<4 { bench.advance(.milliseconds(250)) }
        bench.take(bench.board.renewed(Bench.first, unit: unit, lease: lease, now: bench.now))
        for _ in 0..<119 { bench.advance(.milliseconds(250)) }
        #expect(bench.board.units[unit]?.lease == lease)
        #expect(!bench.told.contains(where: isLost))
    }

    @Test func anOfferThatGotLostWithItsSessionIsNeitherAnAttemptNorACrash() throws {
        var bench = Bench()
        bench.submit(1)
        for round in 1...10 {
            bench.join(Bench.first, credit: 1)
            let offer = try #require(bench.offers().first, "round \(round)")
            let unit = try #require(bench.board.units[offer.unit])
            #expect(unit.attempt == 1 && unit.crashes == 0, "round \(round)")
            // The gateway ends between the lease's commit and the offer, and starts again.
            var former = unit
            former.state = .queued
            bench.board = JobBoard(seed: UInt64(round))
            bench.take(bench.board.restored([former], now: bench.now))
        }
    }

    @Test func whatALivingWorkerLetGoOfAfterItsSubmissionIsInDoubtAndNoCrash() throws {
        var (bench, unit, lease) = try leasedBench()
        bench.take(bench.board.reached(.submitting, Bench.first, unit: unit, lease: lease, now: bench.now))
        let answer = bench.board.workerJoined(Bench.first, holding: [], now: bench.now)
        guard case .commit(let change)? = answer.actions.first,
            case .requeued(let why, let attempt, let crashes) = change.kind
        else {
            Issue.record("\(answer.actions)")
            return
        }
        #expect(why == .inDoubt && attempt == 1 && crashes == 0)
    }

    /// Row 21 of the failure table, on the gateway's side: its clock may go on meanwhile or stand still.
    @Test(arguments: [true, false])
    func aSuspendedGatewayTakesNoImageFromAnybody(clockGoesOn: Bool) throws {
        var (bench, unit, lease) = try leasedBench()
        var stall = StallGuard(heartbeat: .milliseconds(250), now: bench.now)
        func tick() {
            bench.now += .milliseconds(250)
            bench.board.stalled(for: stall.tick(bench.now))
            bench.take(bench.board.tick(now: bench.now))
        }
        for _ in 0..<40 { tick() }
        if clockGoesOn { bench.now += .seconds(600) }
        for _ in 0..<40 { tick() }
        #expect(bench.board.units[unit]?.lease == lease)
        for _ in 0..<80 { tick() }
        #expect(bench.board.units[unit]?.lease != lease, "but 30 s in which both could speak are enough")
    }
}
