import Glibc

/// What the kernel has counted for a process.
struct ProcessUsage {
    /// Time on a processor, user and system, all threads that are or were.
    let cpu: Duration
    /// Resident memory in bytes.
    let residentBytes: Int

    /// Of a running process; nil when there is none of that number.
    init?(pid: Int32) {
        guard let stat = SmallFile.text("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        // Field 3 follows the name in parentheses; 14 and 15 are the times in ticks, 24 the resident pages.
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Int(fields[11]), let system = Int(fields[12]), let pages = Int(fields[21])
        else { return nil }
        let ticks = max(1, sysconf(Int32(_SC_CLK_TCK)))
        cpu = .nanoseconds((user + system) * 1_000_000_000 / ticks)
        residentBytes = pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
