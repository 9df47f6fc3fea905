/// The images that wait, and whose turn it is.
///
/// Owners take turns, so that a batch of a thousand doesn't keep the others waiting; an owner's jobs go in the
/// order in which they came; of one job only as many images run at once as its connector allows. Taking the next
/// one costs a look at each waiting job, not at each image.
struct WaitingLine: Sendable {
    private struct Job: Sendable {
        let id: String
        let owner: String
        let concurrency: Int
        var waiting: [String]
        var running = 0
    }

    private var jobs: [String: Job] = [:]
    private var jobsOfOwner: [String: [String]] = [:]
    private var turns: [String] = []

    /// How many images wait.
    var count: Int { jobs.values.reduce(0) { $0 + $1.waiting.count } }

    /// The images that want nothing but a worker: the first of each job that may have more running.
    var heads: [String] { jobs.values.filter { $0.running < $0.concurrency }.compactMap(\.waiting.first) }

    mutating func join(_ unit: JobBoard.Unit) {
        ensureJob(unit)
        jobs[unit.job]?.waiting.append(unit.id)
    }

    /// An image that had its turn goes in front of its job's others.
    mutating func rejoin(_ unit: JobBoard.Unit) {
        ensureJob(unit)
        jobs[unit.job]?.waiting.insert(unit.id, at: 0)
    }

    mutating func leave(_ unit: JobBoard.Unit) {
        guard let index = jobs[unit.job]?.waiting.firstIndex(of: unit.id) else { return forgetIfIdle(unit.job) }
        jobs[unit.job]?.waiting.remove(at: index)
        forgetIfIdle(unit.job)
    }

    mutating func started(_ unit: JobBoard.Unit) {
        ensureJob(unit)
        jobs[unit.job]?.running += 1
    }

    /// An image no longer runs. It must be called once for each that was taken or started; one that has no lease
    /// doesn't run.
    mutating func stopped(_ unit: JobBoard.Unit) {
        guard unit.lease != nil, let job = jobs[unit.job] else { return }
        jobs[unit.job]?.running = max(0, job.running - 1)
        forgetIfIdle(unit.job)
    }

    /// Whether one of whom that holds may start.
    func heads(where holds: (String) -> Bool) -> Bool {
        jobs.values.contains { $0.running < $0.concurrency && $0.waiting.contains(where: holds) }
    }

    /// The next image of which that holds, or nil when none may start. It counts as running from now on.
    mutating func take(where holds: (String) -> Bool = { _ in true }) -> String? {
        for (turn, owner) in turns.enumerated() {
            for id in jobsOfOwner[owner] ?? [] {
                guard var job = jobs[id], job.running < job.concurrency,
                    let index = job.waiting.firstIndex(where: holds)
                else { continue }
                let unit = job.waiting.remove(at: index)
                job.running += 1
                jobs[id] = job
                turns.remove(at: turn)
                turns.append(owner)
                return unit
            }
        }
        return nil
    }

    /// How many images are in front of a job's first one, or nil when none of it waits.
    func position(ofJob id: String) -> Int? {
        guard let job = jobs[id], !job.waiting.isEmpty else { return nil }
        var ahead = 0
        for other in jobsOfOwner[job.owner] ?? [] {
            if other == id { break }
            ahead += jobs[other]?.waiting.count ?? 0
        }
        return ahead
    }

    private mutating func ensureJob(_ unit: JobBoard.Unit) {
        guard jobs[unit.job] == nil else { return }
        jobs[unit.job] = Job(id: unit.job, owner: unit.owner, concurrency: max(1, unit.concurrency), waiting: [])
        if jobsOfOwner[unit.owner] == nil { turns.append(unit.owner) }
        jobsOfOwner[unit.owner, default: []].append(unit.job)
    }

    private mutating func forgetIfIdle(_ id: String) {
        guard let job = jobs[id], job.waiting.isEmpty, job.running == 0 else { return }
        jobs[id] = nil
        jobsOfOwner[job.owner]?.removeAll { $0 == id }
        if jobsOfOwner[job.owner]?.isEmpty == true {
            jobsOfOwner[job.owner] = nil
            turns.removeAll { $0 == job.owner }
        }
    }
}
