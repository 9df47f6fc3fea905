import Loop
import Testing

@testable import Gateway

/// The board alone, with a store that always succeeds at once unless a test says otherwise.
struct Bench {
    var board = JobBoard(seed: 7)
    var now = Moment(nanoseconds: 0)
    var told: [JobBoard.Action] = []

    static let first = JobBoard.WorkerID(instance: "image-worker/1", boot: "a")
    static let second = JobBoard.WorkerID(instance: "image-worker/2", boot: "b")

    mutating func take(_ actions: [JobBoard.Action]) {
        for action in actions {
            if case .commit(let change) = action {
                take(board.committed(change, now: now))
            } else {
                told.append(action)
            }
        }
    }

    mutating func submit(_ count: Int, job: String = "job", owner: String = "ada", concurrency: Int = 100) {
        let units = (0..<count).map {
            JobBoard.Unit(id: "\(job)-\($0)", job: job, owner: owner, connector: "c", concurrency: concurrency)
        }
        take(board.submitted(units, now: now))
    }

    mutating func join(_ worker: JobBoard.WorkerID, credit: Int, holding: [JobBoard.Holding] = []) {
        take(board.workerJoined(worker, holding: holding, now: now).actions)
        take(board.creditGranted(worker, total: credit, now: now))
    }

    mutating func advance(_ duration: Duration) {
        now += duration
        take(board.tick(now: now))
    }

    /// The offers told since the last call.
    mutating func offers() -> [(unit: String, lease: String, to: JobBoard.WorkerID)] {
        defer { told = [] }
        return told.compactMap {
            if case .offer(let unit, let lease, _, let worker) = $0 { (unit, lease, worker) } else { nil }
        }
    }
}

@Suite struct JobBoardTests {
    @Test func aWorkerGetsNoMoreThanItsCredit() {
        var bench = Bench()
        bench.submit(5)
        bench.join(Bench.first, credit: 2)
        #expect(bench.offers().count == 2)
        bench.take(bench.board.creditGranted(Bench.first, total: 2, now: bench.now))
        #expect(bench.offers().isEmpty)
        bench.take(bench.board.creditGranted(Bench.first, total: 3, now: bench.now))
        #expect(bench.offers().count == 1)
    }

    @Test func theLongestWaitIsThatOfAnImageWhichWantsNothingButAWorker() {
        var bench = Bench()
        #expect(bench.board.longestWait(now: bench.now) == .zero)
        bench.submit(2, job: "narrow", concurrency: 1)
        bench.advance(.seconds(3))
        bench.submit(2, job: "wide", owner: "bo", concurrency: 2)
        bench.advance(.seconds(4))
        #expect(bench.board.longestWait(now: bench.now) == .seconds(7))
        // The narrow job has what it may have at once: its second image waits for its first, not for a worker.
        bench.join(Bench.first, credit: 1)
        #expect(bench.offers().map(\.unit) == ["narrow-0"])
        #expect(bench.board.longestWait(now: bench.now) == .seconds(4))
        bench.join(Bench.second, credit: 2)
        #expect(bench.board.longestWait(now: bench.now) == .zero)
    }

    @Test func twoWorkersShareABatch() {
        var bench = Bench()
        bench.join(Bench.first, credit: 2)
        bench.join(Bench.second, credit: 2)
        bench.submit(4)
        let offers = bench.offers()
        #expect(Set(offers.map(\.to)) == [Bench.first, Bench.second])
        #expect(Set(offers.map(\.unit)).count == 4)
    }

    @Test func anOfferThatNobodyAcceptsGoesElsewhereWithoutCountingAsAnAttempt() throws {
        var bench = Bench()
        bench.submit(1)
        bench.join(Bench.first, credit: 1)
        let offer = try #require(bench.offers().first)
        bench.advance(.seconds(3))
        #expect(bench.board.units[offer.unit]?.attempt == 1)
        let again = try #require(bench.offers().first)
        #expect(again.lease != offer.lease)
        bench.take(bench.board.accepted(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        #expect(bench.told.contains { if case .lost = $0 { true } else { false } })
    }

    @Test func nothingIsOfferedBeforeItsLeaseIsOnDisk() {
        var board = JobBoard(seed: 1)
        let now = Moment(nanoseconds: 0)
        _ = board.workerJoined(Bench.first, holding: [], now: now)
        _ = board.creditGranted(Bench.first, total: 1, now: now)
        let unit = JobBoard.Unit(id: "u", job: "j", owner: "o", connector: "c", concurrency: 1)
        let actions = board.submitted([unit], now: now)
        #expect(actions.count == 1)
        guard case .commit(let change) = actions.first else { Issue.record("no commit"); return }
        guard case .offer = board.committed(change, now: now).first else { Issue.record("no offer"); return }
    }

    @Test func aFullDiskGivesTheImageAndTheCreditBack() {
        var board = JobBoard(seed: 1)
        var now = Moment(nanoseconds: 0)
        _ = board.workerJoined(Bench.first, holding: [], now: now)
        _ = board.creditGranted(Bench.first, total: 1, now: now)
        let unit = JobBoard.Unit(id: "u", job: "j", owner: "o", connector: "c", concurrency: 1)
        guard case .commit(let change) = board.submitted([unit], now: now).first else { return }
        #expect(board.commitFailed(change, now: now).isEmpty)
        now += .seconds(2)
        guard case .commit(let retried) = board.tick(now: now).first else { Issue.record("not retried"); return }
        #expect(retried.unit == "u")
        #expect(board.units["u"]?.attempt == 1)
    }

    @Test func aDeadWorkersImageGoesToAnotherAfterTheGraceAndAFencedGhostIsToldSo() throws {
        var bench = Bench()
        bench.submit(1)
        bench.join(Bench.first, credit: 1)
        let offer = try #require(bench.offers().first)
        bench.take(bench.board.accepted(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        bench.join(Bench.second, credit: 1)
        bench.board.workerLeft(Bench.first, now: bench.now)
        bench.advance(.seconds(4))
        #expect(bench.offers().isEmpty)
        bench.advance(.seconds(2))
        let again = try #require(bench.offers().first)
        #expect(again.to == Bench.second)
        #expect(bench.board.units[offer.unit]?.crashes == 1)
        bench.take(bench.board.renewed(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        guard case .lost = bench.told.first else { Issue.record("the ghost was not told"); return }
    }

    @Test func anImageThatALeavingWorkerGivesBackGoesElsewhereAtOnceAndItsAttemptIsNotCounted() throws {
        var bench = Bench()
        bench.submit(1)
        bench.join(Bench.first, credit: 1)
        let offer = try #require(bench.offers().first)
        bench.take(bench.board.accepted(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        bench.take(
            bench.board.reached(.submitting, Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now)
        )
        bench.join(Bench.second, credit: 1)
        bench.board.draining(Bench.first)
        bench.take(bench.board.released(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        let again = try #require(bench.offers().first)
        #expect(again.to == Bench.second && again.lease != offer.lease)
        #expect(bench.board.units[offer.unit]?.attempt == 1 && bench.board.units[offer.unit]?.crashes == 0)
    }

    @Test func aSilentWorkersImageIsItsOwnForAsLongAsTheLeaseLasts() throws {
        var bench = Bench()
        bench.submit(1)
        bench.join(Bench.first, credit: 1)
        let offer = try #require(bench.offers().first)
        bench.take(bench.board.accepted(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        bench.join(Bench.second, credit: 1)
        bench.advance(.seconds(6))
        bench.board.workerLeft(Bench.first, isSilent: true, now: bench.now)
        bench.advance(.seconds(23))
        #expect(bench.offers().isEmpty)
        bench.advance(.seconds(2))
        #expect(bench.offers().first?.to == Bench.second)
        #expect(bench.board.units[offer.unit]?.crashes == 1)
        #expect(bench.board.workers[Bench.first] != nil, "it is forgotten only when it can hold nothing any more")
        bench.advance(.seconds(6))
        #expect(bench.board.workers[Bench.first] == nil)
    }

    @Test func aLateResultOfAnOlderAttemptIsSalvagedAndTheNewerAttemptCancelled() throws {
        var bench = Bench()
        bench.submit(1)
        bench.join(Bench.first, credit: 1)
        let old = try #require(bench.offers().first)
        bench.take(bench.board.accepted(Bench.first, unit: old.unit, lease: old.lease, now: bench.now))
        bench.join(Bench.second, credit: 1)
        bench.advance(.seconds(31))
        let new = try #require(bench.offers().first)
        bench.take(bench.board.accepted(Bench.second, unit: new.unit, lease: new.lease, now: bench.now))
        bench.take(bench.board.finished(Bench.first, unit: old.unit, lease: old.lease, now: bench.now))
        #expect(bench.board.units.isEmpty)
        #expect(bench.told.contains { if case .settled(_, old.lease, Bench.first) = $0 { true } else { false } })
        #expect(
            bench.told.contains {
                if case .cancel(_, new.lease, .superseded, Bench.second) = $0 { true } else { false }
            }
        )
        bench.told = []
        bench.take(bench.board.finished(Bench.second, unit: new.unit, lease: new.lease, now: bench.now))
        #expect(bench.told.count == 1, "a second picture is only settled")
    }

    @Test func aRestartRequeuesNothingThatAWorkerStillHolds() throws {
        var bench = Bench()
        var unit = JobBoard.Unit(id: "u", job: "j", owner: "o", connector: "c", concurrency: 1)
        unit.lease = "1-x"
        unit.attempt = 1
        bench.take(bench.board.restored([unit], now: bench.now))
        let joined = bench.board.workerJoined(
            Bench.first,
            holding: [.init(unit: "u", lease: "1-x")],
            now: bench.now
        )
        #expect(joined.keep == ["u"])
        bench.take(bench.board.creditGranted(Bench.first, total: 4, now: bench.now))
        bench.advance(.seconds(20))
        #expect(bench.offers().isEmpty)
        bench.take(bench.board.finished(Bench.first, unit: "u", lease: "1-x", now: bench.now))
        #expect(bench.board.units.isEmpty)
    }

    @Test func aPauseOfTheGatewayItselfExpiresNoLease() throws {
        var bench = Bench()
        bench.submit(1)
        bench.join(Bench.first, credit: 1)
        let offer = try #require(bench.offers().first)
        bench.take(bench.board.accepted(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        bench.board.stalled(for: .seconds(60))
        bench.advance(.seconds(60))
        #expect(bench.board.units[offer.unit]?.lease == offer.lease)
    }

    @Test func ownersTakeTurns() {
        var bench = Bench()
        bench.submit(50, job: "big", owner: "ada")
        bench.submit(2, job: "small", owner: "bob")
        bench.join(Bench.first, credit: 4)
        #expect(bench.offers().filter { $0.unit.hasPrefix("small") }.count == 2)
    }

    @Test func aJobRunsAtMostAsManyImagesAsItsConnectorAllows() throws {
        var bench = Bench()
        bench.submit(3, concurrency: 1)
        bench.join(Bench.first, credit: 3)
        let offers = bench.offers()
        #expect(offers.count == 1)
        let offer = try #require(offers.first)
        bench.take(bench.board.accepted(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        bench.take(bench.board.finished(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        #expect(bench.offers().count == 1)
    }

    @Test func anImageThatKillsItsWorkersIsGivenUp() {
        var bench = Bench()
        bench.submit(1)
        for life in 1...3 {
            let worker = JobBoard.WorkerID(instance: "image-worker/\(life)", boot: "boot\(life)")
            bench.join(worker, credit: 1)
            for offer in bench.offers() {
                bench.take(bench.board.accepted(worker, unit: offer.unit, lease: offer.lease, now: bench.now))
            }
            bench.board.workerLeft(worker, now: bench.now)
            bench.advance(.seconds(6))
        }
        #expect(bench.board.units.isEmpty)
    }

    @Test func anImageThatKillsItsWorkersTakesNoOtherWithIt() {
        var bench = Bench()
        bench.submit(8)
        var ended: Set<String> = []
        // One worker with four hands that comes back each time: the culprit is always in the same company.
        for life in 1...4 {
            let worker = JobBoard.WorkerID(instance: "image-worker/1", boot: "boot\(life)")
            bench.join(worker, credit: 4)
            var hand: [(unit: String, lease: String)] = []
            var credit = 4
            while true {
                for offer in bench.offers() {
                    bench.take(bench.board.accepted(worker, unit: offer.unit, lease: offer.lease, now: bench.now))
                    hand.append((offer.unit, offer.lease))
                }
                if hand.isEmpty || hand.contains(where: { $0.unit == "job-0" }) { break }
                let next = hand.removeFirst()
                bench.take(bench.board.finished(worker, unit: next.unit, lease: next.lease, now: bench.now))
                ended.insert(next.unit)
                credit += 1
                bench.take(bench.board.creditGranted(worker, total: credit, now: bench.now))
                bench.told.removeAll { if case .offer = $0 { false } else { true } }
            }
            bench.board.workerLeft(worker, now: bench.now)
            bench.advance(.seconds(6))
        }
        #expect(bench.board.units.isEmpty)
        #expect(ended.count == 7 && !ended.contains("job-0"), "\(ended)")
    }

    @Test func aCancelledImageIsNeverStartedAgain() throws {
        var bench = Bench()
        bench.submit(2, concurrency: 1)
        bench.join(Bench.first, credit: 2)
        let offer = try #require(bench.offers().first)
        bench.take(bench.board.accepted(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        for unit in ["job-0", "job-1"] { bench.take(bench.board.cancelRequested(unit: unit, now: bench.now)) }
        #expect(bench.board.units.count == 1, "the waiting one has ended, the running one is being stopped")
        bench.told = []
        bench.take(bench.board.cancelled(Bench.first, unit: offer.unit, lease: offer.lease, now: bench.now))
        #expect(bench.board.units.isEmpty)
        #expect(bench.offers().isEmpty)
    }
}
