import Glibc

/// What a service tells with each heartbeat about how busy it is.
public struct Load: Sendable, Equatable {
    /// How much of its capacity is in use, 0 to 1.
    public var busy: Double
    /// Work that waits.
    public var queue: Int

    /// A load; idle unless said otherwise.
    public init(busy: Double = 0, queue: Int = 0) {
        self.busy = busy
        self.queue = queue
    }

    /// Resident memory of this process in bytes, or 0 where /proc is not there.
    static var residentBytes: Int {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return 0 }
        let fields = bytes.prefix(count).split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return 0 }
        return pages * sysconf(CInt(_SC_PAGESIZE))
    }
}
