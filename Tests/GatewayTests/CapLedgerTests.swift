import Support
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct CapLedgerTests {
    private func ledger(cap: Int64?, used: Int64 = 0) -> CapLedger {
        var ledger = CapLedger()
        ledger.open("con", .init(cap: cap, month: 202_611, used: used))
        return ledger
    }

    private func reservation(_ decision: CapLedger.Decision) -> CapLedger.Reservation? {
        switch decision {
        case .granted(let reservation), .uncovered(let reservation, _): reservation
        case .unlimited, .refused: nil
        }
    }

    @Test func aConnectorWithoutACapReservesNothing() {
        var ledger = ledger(cap: nil)
        #expect(ledger.reserve(1 << 40, of: "con", month: 202_611) == .unlimited)
        #expect(ledger.reserve(1 << 40, of: "unknown", month: 202_611) == .unlimited)
    }

    @Test func callsAtTheSameTimeNeverReserveMoreThanTheCap() throws {
        var ledger = ledger(cap: 1_000, used: 100)
        let first = try #require(reservation(ledger.reserve(600, of: "con", month: 202_611)))
        #expect(ledger.reserve(301, of: "con", month: 202_611) == .refused)
        #expect(reservation(ledger.reserve(300, of: "con", month: 202_611)) != nil)
        #expect(ledger.reserve(1, of: "con", month: 202_611) == .refused)
        ledger.release(first)
        ledger.use(50, of: "con", month: 202_611)
        #expect(ledger.left("con", month: 202_611) == 550)
    }

    @Test func aCapOfZeroRefusesEverything() {
        var ledger = ledger(cap: 0)
        #expect(ledger.reserve(1, of: "con", month: 202_611) == .refused)
    }

    @Test func aNewMonthBeginsWithNothingUsedAndOldCallsCountForTheOldOne() throws {
        var ledger = ledger(cap: 1_000, used: 900)
        let old = try #require(reservation(ledger.reserve(100, of: "con", month: 202_611)))
        #expect(ledger.left("con", month: 202_612) == 1_000)
        let new = try #require(reservation(ledger.reserve(1_000, of: "con", month: 202_612)))
        ledger.release(old)
        ledger.use(80, of: "con", month: 202_611)
        #expect(ledger.left("con", month: 202_612) == 0, "what the old call used isn't the new month's")
        ledger.release(new)
        #expect(ledger.left("con", month: 202_612) == 1_000)
    }

    @Test func aClockSetBackDoesNotBeginTheOldMonthAgain() throws {
        var ledger = ledger(cap: 1_000, used: 900)
        let call = try #require(reservation(ledger.reserve(100, of: "con", month: 202_610)))
        #expect(ledger.reserve(1, of: "con", month: 202_610) == .refused)
        ledger.release(call)
        #expect(ledger.left("con", month: 202_610) == 100)
    }

    @Test func changingTheCapLeavesCallsInFlightAlone() throws {
        var ledger = ledger(cap: 1_000)
        let call = try #require(reservation(ledger.reserve(800, of: "con", month: 202_611)))
        ledger.setCap(500, of: "con", month: 202_611)
        #expect(ledger.left("con", month: 202_611) == 0)
        ledger.release(call)
        ledger.use(200, of: "con", month: 202_611)
        #expect(ledger.left("con", month: 202_611) == 300)
        ledger.setCap(nil, of: "con", month: 202_611)
        #expect(ledger.reserve(1 << 40, of: "con", month: 202_611) == .unlimited)
    }

    /// Calls begin, end and are lost with the gateway; what providers took never passes the cap, and after a crash the
    /// store never says less than that.
    @Test func theCapHoldsWhateverHappensWhen() throws {
        let seed = runSeed
        var random = SeededGenerator(seed: seed)
        for round in 0..<200 {
            let cap = Int64.random(in: 0...200_000, using: &random)
            var ledger = ledger(cap: cap)
            // The disk: what was written of the month, and of calls in flight.
            var (stored, cover): (Int64, Int64) = (0, 0)
            var open: [(reservation: CapLedger.Reservation, actual: Int64)] = []
            var (taken, unwritten): (Int64, Int64) = (0, 0)
            for step in 0..<200 {
                switch Int.random(in: 0..<20, using: &random) {
                case 0..<9:
                    let decision = ledger.reserve(.random(in: 1...20_000, using: &random), of: "con", month: 202_611)
                    guard let call = reservation(decision) else { continue }
                    if case .uncovered(_, let wanted) = decision {
                        cover = wanted
                        ledger.covered(wanted, for: call)
                    }
                    // The provider takes it now, whoever lives to hear of it.
                    let actual = Int64.random(in: 0...call.tokens, using: &random)
                    taken += actual
                    open.append((call, actual))
                case 9..<17:
                    guard let index = open.indices.randomElement(using: &random) else { continue }
                    let call = open.remove(at: index)
                    ledger.release(call.reservation)
                    ledger.use(call.actual, of: "con", month: 202_611)
                    unwritten += call.actual
                case 17..<19:
                    if ledger.takeCover(of: "con", month: 202_611, writing: unwritten) { cover = 0 }
                    ledger.written(unwritten, of: "con", month: 202_611)
                    stored += unwritten
                    unwritten = 0
                default:
                    // Killed: rows that waited are gone, and calls in flight too.
                    stored += cover
                    (cover, open, unwritten) = (0, [], 0)
                    ledger = self.ledger(cap: cap, used: stored)
                    #expect(stored >= taken, "seed \(seed), round \(round), step \(step)")
                }
                #expect(taken <= cap, "seed \(seed), round \(round), step \(step)")
            }
        }
    }
}
