import Loop
import Support
import Testing

@testable import Gateway

@Suite struct JobBoardSimulation {
    /// Random workers, deaths, pauses, lost messages and full disks; whatever happens, each image ends exactly once
    /// and credits are never overdrawn by more than the messages that were lost.
    @Test(arguments: 0..<40)
    func everyImageEndsExactlyOnceWhateverHappens(round: Int) {
        let seed = runSeed &+ UInt64(round)
        var world = World(seed: seed)
        world.run(images: 60, steps: 4_000)
        #expect(world.open.isEmpty, "seed \(seed): \(world.open.count) never ended: \(world.board.census())")
        #expect(world.endedTwice.isEmpty, "seed \(seed): ended twice: \(world.endedTwice)")
    }

    struct World {
        var random: SeededGenerator
        var board: JobBoard
        var now = Moment(nanoseconds: 0)
        var open: Set<String> = []
        var endedTwice: [String] = []
        var lives: [JobBoard.WorkerID: [(unit: String, lease: String)]] = [:]
        var granted: [JobBoard.WorkerID: Int] = [:]
        var calm = false

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            board = JobBoard(seed: seed)
        }

        mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

        mutating func take(_ actions: [JobBoard.Action]) {
            for action in actions {
                switch action {
                case .commit(let change):
                    if !calm, chance(3) {
                        take(board.commitFailed(change, now: now))
                    } else {
                        take(board.committed(change, now: now))
                    }
                case .offer(let unit, let lease, _, let worker):
                    guard lives[worker] != nil, calm || !chance(5) else { continue }
                    lives[worker]?.append((unit, lease))
                    take(board.accepted(worker, unit: unit, lease: lease, now: now))
                case .lost(let unit, let lease, let worker), .cancel(let unit, let lease, _, let worker),
                    .settled(let unit, let lease, let worker):
                    guard calm || !chance(5) else { continue }
                    let had = lives[worker]?.contains { $0 == (unit, lease) } ?? false
                    lives[worker]?.removeAll { $0 == (unit, lease) }
                    if had { grant(worker) }
                case .ended(let unit, _):
                    if open.remove(unit) == nil { endedTwice.append(unit) }
                case .renewed, .checkpointed:
                    continue
                }
            }
        }

        mutating func grant(_ worker: JobBoard.WorkerID) {
            granted[worker, default: 0] += 1
            take(board.creditGranted(worker, total: granted[worker, default: 0], now: now))
        }

        mutating func join(_ worker: JobBoard.WorkerID) {
            let holding = (lives[worker] ?? []).map { JobBoard.Holding(unit: $0.unit, lease: $0.lease) }
            let answer = board.workerJoined(worker, holding: holding, now: now)
            lives[worker, default: []].removeAll { answer.drop.contains($0.unit) }
            take(answer.actions)
            granted[worker] = max(0, 3 - (lives[worker]?.count ?? 0))
            take(board.creditGranted(worker, total: granted[worker] ?? 0, now: now))
        }

        mutating func run(images: Int, steps: Int) {
            for index in 0..<images { open.insert("u\(index)") }
            let units = open.sorted().enumerated().map { index, name in
                JobBoard.Unit(
                    id: name,
                    job: "j\(index % 5)",
                    owner: "o\(index % 3)",
                    connector: "c",
                    concurrency: 1 + index % 4
                )
            }
            take(board.submitted(units, now: now))
            for step in 0..<steps where !open.isEmpty {
                calm = step > steps * 3 / 4
                now += .milliseconds(Int.random(in: 1...1_500, using: &random))
                oneThing()
                take(board.tick(now: now))
            }
        }

        mutating func oneThing() {
            let boots = Array(lives.keys).sorted { $0.boot < $1.boot }
            if boots.count < 3 {
                let instance = "w\(Int.random(in: 0..<4, using: &random))"
                join(JobBoard.WorkerID(instance: instance, boot: "b\(random.next())"))
                return
            }
            guard let worker = boots.randomElement(using: &random) else { return }
            if !calm, chance(4) {
                lives[worker] = nil
                board.workerLeft(worker, now: now)
                return
            }
            if !calm, chance(4) {
                board.workerLeft(worker, now: now)
                join(worker)
                return
            }
            for held in lives[worker] ?? [] {
                take(board.renewed(worker, unit: held.unit, lease: held.lease, now: now))
            }
            guard let held = lives[worker]?.randomElement(using: &random) else {
                if calm { join(worker) }
                return
            }
            if chance(10) {
                let failure = JobBoard.Failure(code: "rate_limited", message: "later", isRetryable: true)
                take(board.failed(worker, unit: held.unit, lease: held.lease, failure, now: now))
            } else if chance(50) {
                take(board.reached(.submitting, worker, unit: held.unit, lease: held.lease, now: now))
            } else {
                take(board.finished(worker, unit: held.unit, lease: held.lease, now: now))
            }
        }
    }
}
