import HTTP
import Loop
import SQLite
import Telemetry

/// Tells people what changed, by mail where there is a server for it, and always in the log.
///
/// A letter is written in the transaction of what it tells and deleted once the mail server has taken it, so neither a
/// restart nor a server that is away loses one. One may come twice, with the same Message-ID, when a restart falls
/// between the two. Whoever writes one doesn't wait for the server.
struct Notices: Sendable {
    /// nil where there is no mail server.
    let postman: Postman?

    /// Writes the letters; inside the transaction of what they tell. Says how many.
    func write(_ notice: Notice, to addresses: [String], in db: Connection) throws -> Int {
        guard postman != nil else { return 0 }
        return try addresses.filter(Mail.isAddress).count { address in
            let now = wallClockMicroseconds()
            return try LetterStore.insert(notice.mail(to: address), about: notice.id, at: now, in: db)
        }
    }

    /// What was written is committed.
    func tell(_ notice: Notice, letters: Int) {
        let readers = postman == nil ? "log" : "\(letters)"
        Log.warning(notice.sentence, ["connector": notice.id, "type": notice.type, "mailed_to": readers])
        guard let postman else { return }
        Task(executorPreference: NetLoop.loop) { @Sendable @NetLoop in postman.look() }
    }
}

/// Brings the letters that wait to the mail server, one after another.
@NetLoop
final class Postman {
    /// How soon a letter that wasn't taken is tried again: each time twice as late, with jitter.
    struct Pace: Sendable {
        var first = Duration.seconds(5)
        var limit = Duration.seconds(3_600)

        func wait(after tries: Int) -> Duration {
            let doubled = first * Double(1 << min(tries, 30))
            return min(limit, doubled) * Double.random(in: 0.5...1)
        }
    }

    private let mailer: Mailer
    private let commit: GroupCommit
    private let pace: Pace
    private var isAtWork = false
    private var isStopped = false
    private var timer: Loop.Timer?

    nonisolated init(mailer: Mailer, commit: GroupCommit, pace: Pace = Pace()) {
        self.mailer = mailer
        self.commit = commit
        self.pace = pace
    }

    /// Begins with what waits, also from before this process. Cheap to call once too often.
    func look() {
        guard !isAtWork, !isStopped else { return }
        isAtWork = true
        setTimer(nil)
        Task(executorPreference: NetLoop.loop) { @Sendable @NetLoop [self] in
            do {
                try await deliver()
                isAtWork = false
                let due = try await commit.read { try LetterStore.nextDue(in: $0) }
                setTimer(due.map { max(.milliseconds(1), .microseconds($0 - wallClockMicroseconds())) })
            } catch {
                isAtWork = false
                Log.warning("letters can't be looked after", ["reason": "\(type(of: error))"])
                setTimer(pace.first)
            }
        }
    }

    /// What waits stays on disk.
    func stop() {
        isStopped = true
        setTimer(nil)
    }

    private func setTimer(_ wait: Duration?) {
        if let timer { NetLoop.loop.cancel(timer) }
        timer = nil
        guard let wait, !isStopped else { return }
        timer = NetLoop.after(wait) { [weak self] in self?.look() }
    }

    private func deliver() async throws {
        while !isStopped {
            let now = wallClockMicroseconds()
            guard try await commit.read({ try LetterStore.due(at: now, in: $0) }) != nil else { return }
            let letter = try await commit.write { db in
                let expired = try LetterStore.expire(at: now, in: db)
                if expired > 0 { Log.error("letters were given up after three days", ["letters": expired]) }
                return try LetterStore.due(at: now, in: db)
            }
            guard let letter else { continue }
            try await hand(letter)
        }
    }

    private func hand(_ letter: LetterStore.Letter) async throws {
        do throws(HTTPError) {
            try await mailer.send(letter.mail)
        } catch {
            let wait = pace.wait(after: letter.tries)
            Log.warning(
                "a letter was not taken",
                ["connector": letter.connector, "reason": error.message, "again_s": wait.milliseconds / 1_000]
            )
            let due = wallClockMicroseconds() + wait.milliseconds * 1_000
            return try await commit.write { try LetterStore.postpone(letter.id, until: due, in: $0) }
        }
        try await commit.write { try LetterStore.delete(letter.id, in: $0) }
    }
}
