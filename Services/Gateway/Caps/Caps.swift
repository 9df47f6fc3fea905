import HTTP
import Loop
import Providers
import SQLite
import Telemetry

/// Carries out the ``CapLedger``: reserves before a call, settles after it, and keeps the disk behind both.
///
/// A connector without a cap costs a look-up. One with a cap waits for a commit now and then, when its calls in flight
/// outgrow what the disk covers.
@NetLoop
final class Caps {
    /// The most output that is reserved, and asked for, when a caller sets no limit.
    static let assumedOutput: Int64 = 8_192
    /// Less output than this is no answer: the cap counts as reached.
    private static let leastOutput: Int64 = 256
    /// More than any call can use: who asks for it, over all choices, is refused.
    private static let absurd: Int64 = 1 << 32
    /// For what a provider adds to the caller's messages by itself.
    private static let promptOverhead: Int64 = 256

    /// A call's reservation, and the limit of its output that the cap asks for where the caller set none.
    struct Allowance {
        let reservation: CapLedger.Reservation
        let outputLimit: Int?
    }

    private var ledger = CapLedger()
    private var unwritten: [CapStore.Tally: Int64] = [:]
    private let commit: GroupCommit
    /// Microseconds since 1970; a test's own clock.
    var clock: () -> Int64 = { wallClockMicroseconds() }

    init(commit: GroupCommit) { self.commit = commit }

    /// Takes up what the store has.
    func load() async throws {
        let month = month
        for (id, account) in try await commit.write({ try CapStore.accounts(month: month, in: $0) }) {
            ledger.open(id, account)
        }
    }

    private var month: Int { Timestamp.day(microseconds: clock()) / 100 }

    // MARK: Calls

    /// What a chat may use at most, reserved; nil for a connector without a cap.
    func reserve(_ target: Plan.Target, _ probe: ChatProbe) async throws(GatewayError) -> Allowance? {
        guard let left = ledger.left(target.connector.id, month: month) else { return nil }
        let input = Int64(probe.promptBytes) + Self.promptOverhead
        let choices = Int64(probe.choices)
        let asked = probe.maxTokens.map { max(0, Int64($0)) }
        let output = asked ?? min(Self.assumedOutput, (left - input) / choices)
        guard asked != nil || output >= Self.leastOutput else { throw Self.reached }
        let all = output.multipliedReportingOverflow(by: choices)
        guard !all.overflow, all.partialValue <= Self.absurd else { throw Self.reached }
        let reservation = try await reserve(input + all.partialValue, of: target.connector.id)
        return Allowance(reservation: reservation, outputLimit: asked == nil ? Int(output) : nil)
    }

    /// So many tokens at most, reserved; nil for a connector without a cap.
    func reserve(input bytes: Int, of connector: String) async throws(GatewayError) -> Allowance? {
        guard ledger.isCapped(connector) else { return nil }
        return Allowance(reservation: try await reserve(Int64(bytes), of: connector), outputLimit: nil)
    }

    private func reserve(_ tokens: Int64, of connector: String) async throws(GatewayError) -> CapLedger.Reservation {
        let month = month
        switch ledger.reserve(tokens, of: connector, month: month) {
        case .granted(let reservation): return reservation
        case .unlimited: return .init(connector: connector, month: month, tokens: 0)
        case .refused: throw Self.reached
        case .uncovered(let reservation, let cover):
            do {
                let tally = CapStore.Tally(connector: connector, month: reservation.month)
                try await commit.write { try CapStore.cover(tally, cover, in: $0) }
                ledger.covered(cover, for: reservation)
                return reservation
            } catch {
                ledger.release(reservation)
                throw GatewayError(anything: error)
            }
        }
    }

    /// Ends a call: what it used, where that is known, else all that it might have used.
    func settle(_ connector: String, _ allowance: Allowance?, used tokens: Int64?) {
        let tokens = tokens ?? allowance?.reservation.tokens ?? 0
        let month = allowance?.reservation.month ?? month
        if let allowance { ledger.release(allowance.reservation) }
        guard tokens > 0 || allowance != nil else { return }
        ledger.use(tokens, of: connector, month: month)
        unwritten[.init(connector: connector, month: month), default: 0] += tokens
    }

    // MARK: The disk

    /// What is to be written with the next rows of the call log.
    struct Changes: Sendable {
        fileprivate(set) var tallies: [CapStore.Tally: Int64] = [:]
        fileprivate(set) var uncovered: [CapStore.Tally] = []

        func write(in db: Connection) throws {
            try CapStore.add(tallies, in: db)
            for tally in uncovered { try CapStore.cover(tally, 0, in: db) }
        }
    }

    func takeChanges() -> Changes {
        var changes = Changes(tallies: unwritten)
        unwritten.removeAll(keepingCapacity: true)
        for (tally, tokens) in changes.tallies {
            let mayGo = ledger.takeCover(of: tally.connector, month: tally.month, writing: tokens)
            if mayGo { changes.uncovered.append(tally) }
        }
        return changes
    }

    /// They are on the disk.
    func written(_ changes: Changes) {
        for (tally, tokens) in changes.tallies { ledger.written(tokens, of: tally.connector, month: tally.month) }
    }

    /// They could not be written. A cover that stayed is only too wide.
    func giveBack(_ changes: Changes) {
        unwritten.merge(changes.tallies) { $0 + $1 }
    }

    // MARK: What people see and set

    /// A connector's cap and what was used of it this month.
    struct Standing {
        var cap: Int64?
        var used: Int64 = 0
    }

    func standing(of connector: String) -> Standing {
        Standing(cap: ledger.accounts[connector]?.cap, used: ledger.used(connector, month: month))
    }

    func setCap(_ cap: Int64?, of connector: String) { ledger.setCap(cap, of: connector, month: month) }

    func forget(_ connector: String) { ledger.close(connector) }

    static let reached: GatewayError = {
        var error = GatewayError(.capReached, "This connector's monthly token cap is reached.")
        error.shouldRetry = false
        return error
    }()
}
