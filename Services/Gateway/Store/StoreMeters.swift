import Glibc
import SQLite
import Telemetry

/// The gateway's database and disk, as metrics.
enum StoreMeters {
    private static let seconds = Metrics.histogram(.commitSeconds)
    private static let writers = Metrics.histogram(.commitWriters, buckets: Histogram.sizes)
    private static let failed = Metrics.counter(.commitsFailed)

    /// Counts the store's commits from now on, and looks at its files when it is asked.
    static func attach(to commit: GroupCommit, database: String, folder: String) async {
        Metrics.watch(.databaseBytes) { Double(size(of: database) + size(of: database + "-wal")) }
        Metrics.watch(.diskFree) { free(in: folder) }
        await commit.onCommit { batch in
            seconds.observe(batch.duration)
            writers.observe(Double(batch.writers))
            if !batch.isCommitted { failed.add() }
        }
    }

    private static func size(of file: String) -> Int {
        var facts = stat()
        return stat(file, &facts) == 0 ? facts.st_size : 0
    }

    /// What an ordinary user may still write, bytes.
    private static func free(in folder: String) -> Double {
        var facts = statvfs()
        guard statvfs(folder, &facts) == 0 else { return 0 }
        return Double(facts.f_bavail) * Double(facts.f_frsize)
    }
}
