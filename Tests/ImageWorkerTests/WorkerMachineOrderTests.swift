import Loop
import Support
import Testing
import Wire

@testable import ImageWorker

/// Every order of events, drawn by chance: what must hold whatever comes.
@Suite(.timeLimit(.minutes(1))) struct WorkerMachineOrderTests {
    /// The other side as a test sees it: what was started, what it cost, what is in the spool.
    struct Books {
        var started: Set<JobKey> = []
        var stopped: Set<JobKey> = []
        var proceeded: Set<JobKey> = []
        var finished: Set<JobKey> = []
        var spool: Set<JobKey> = []
        var credit: UInt64 = 0
        var mistakes: [String] = []

        mutating func enter(_ actions: [WorkerMachine.Action], isUp: Bool) {
            for action in actions {
                switch action {
                case .start(let key):
                    if !started.insert(key).inserted { mistakes.append("\(key) started twice") }
                case .proceed(let key):
                    if !proceeded.insert(key).inserted { mistakes.append("\(key) may spend twice") }
                    if stopped.contains(key) { mistakes.append("\(key) goes on after its stop") }
                case .stop(let key): stopped.insert(key)
                case .sendResult(let key):
                    if !finished.contains(key) { mistakes.append("\(key) sent before it was made") }
                    if stopped.contains(key) { mistakes.append("\(key) sent after its stop") }
                case .forget(let key): spool.remove(key)
                case .credit(let total):
                    if total < credit { mistakes.append("credit went down") }
                    credit = total
                default: break
                }
                switch action {
                case .start, .stop, .proceed, .forget, .drained: break
                default: if !isUp { mistakes.append("said without a session: \(action)") }
                }
            }
        }
    }

    @Test(arguments: 0..<40) func nothingIsStartedTwiceOrSaidOutOfTurn(_ round: Int) {
        var generator = SeededGenerator(seed: runSeed &+ UInt64(round))
        var limits = WorkerMachine.Limits()
        limits.slots = Int.random(in: 1...3, using: &generator)
        var now = Moment(nanoseconds: 1_000_000_000)
        var machine = WorkerMachine(limits, now: now)
        var books = Books()
        for number in 0..<600 {
            now += .milliseconds(Int64.random(in: 0...2_000, using: &generator))
            let key = JobKey(
                job: "img_\(Int.random(in: 0...5, using: &generator))",
                attempt: 1,
                lease: "\(Int.random(in: 0...1, using: &generator))-\(number / 100)"
            )
            let actions = event(Int.random(in: 0..<12, using: &generator), key, &machine, &books, now, &generator)
            books.enter(actions, isUp: machine.isUp)
            if machine.running > limits.slots { books.mistakes.append("more jobs than slots") }
            #expect(books.mistakes.isEmpty, "seed \(runSeed), round \(round), event \(number): \(books.mistakes)")
            guard books.mistakes.isEmpty else { return }
        }
        _ = machine.wentDown()
        let held = machine.holding
        #expect(Set(held.filter { $0.phase == "finished" }.map(\.lease)).isSubset(of: Set(books.spool.map(\.lease))))
    }

    private func event(
        _ kind: Int,
        _ key: JobKey,
        _ machine: inout WorkerMachine,
        _ books: inout Books,
        _ now: Moment,
        _ generator: inout SeededGenerator
    ) -> [WorkerMachine.Action] {
        let lease = Duration.seconds(10)
        switch kind {
        case 0:
            if machine.isUp { return machine.wentDown() }
            books.credit = 0
            let jobs = machine.holding.map(\.job)
            let kept = jobs.filter { _ in Bool.random(using: &generator) }
            return machine.welcomed(keep: kept, drop: jobs.filter { !kept.contains($0) }, lease: lease, now: now)
        case 1, 2:
            guard machine.isUp, !books.started.contains(key) || machine.entry(key) != nil else { return [] }
            return machine.offered(key, lease: lease, now: now)
        case 3: return machine.wantsToSubmit(key, now: now)
        case 4, 5: return machine.isUp ? machine.checkpointed(key, now: now) : []
        case 6: return machine.answered(key, spent: nil)
        case 7:
            guard books.proceeded.contains(key), machine.entry(key) != nil else { return [] }
            books.finished.insert(key)
            books.spool.insert(key)
            return machine.finished(key, now: now)
        case 8: return machine.isUp ? machine.cancelled(key) : []
        case 9: return machine.isUp ? machine.settled(key) : []
        case 10:
            let isLost = Int.random(in: 0..<4, using: &generator) == 0
            return machine.isUp ? machine.leased(key, lease: lease, cancel: false, lost: isLost, now: now) : []
        default: return machine.tick(now)
        }
    }
}
