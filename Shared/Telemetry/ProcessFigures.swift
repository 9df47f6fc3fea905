import Glibc

/// What the kernel says about this process; 0 where /proc is not there.
public enum ProcessFigures {
    /// Puts the conventional `process_…` metrics into the registry; each is read when it is asked for.
    public static func register(in registry: Registry = Metrics.registry) {
        registry.watch(.processCPU) { cpuSeconds }
        registry.watch(.processResident) { Double(residentBytes) }
        registry.watch(.processVirtual) { Double(pages(0) * pageBytes) }
        registry.watch(.processOpenFiles) { Double(openFiles) }
        registry.watch(.processMaxFiles) { Double(maxFiles) }
        let started = startTime
        registry.watch(.processStart) { started }
    }

    /// Resident memory in bytes.
    public static var residentBytes: Int { pages(1) * pageBytes }

    private static var pageBytes: Int { sysconf(CInt(_SC_PAGESIZE)) }

    /// User and system time of all threads, in seconds.
    private static var cpuSeconds: Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(seconds) + Double(microseconds) / 1e6
    }

    private static var maxFiles: UInt {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return UInt(limit.rlim_cur)
    }

    private static var openFiles: Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the descriptor of this look.
        return max(0, count - 3)
    }

    /// Seconds since 1970: the machine's boot plus the ticks at which the process began.
    private static var startTime: Double {
        // The name in parentheses may hold spaces; what follows it doesn't. The start is field 22 of stat(5).
        let stat = text(of: "/proc/self/stat", upTo: 4_096).split(separator: ")").last ?? ""
        let fields = stat.split(separator: " ")
        let lines = text(of: "/proc/stat", upTo: 1 << 20).split(separator: "\n")
        let boot = lines.first { $0.hasPrefix("btime ") }?.split(separator: " ").last
        guard fields.count > 19, let ticks = Double(fields[19]), let boot, let bootTime = Double(boot) else { return 0 }
        return bootTime + ticks / Double(max(1, sysconf(CInt(_SC_CLK_TCK))))
    }

    /// A field of statm(5), in pages.
    private static func pages(_ field: Int) -> Int {
        let fields = text(of: "/proc/self/statm", upTo: 64).split(separator: " ")
        return fields.count > field ? Int(fields[field]) ?? 0 : 0
    }

    private static func text(of path: String, upTo limit: Int) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < limit {
            let count = read(file, &piece, min(piece.count, limit - bytes.count))
            if count <= 0 { break }
            bytes += piece.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
