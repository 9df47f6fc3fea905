import Glibc
import Loop
import SQLite
import Synchronization
import Telemetry

/// Room on the disk that is kept for what was promised: the ends of images under way.
///
/// A file that does nothing but take up space. The first write that finds no room gives it back; from then on nothing
/// new is accepted, so those under way have the room for themselves. When the disk has room for the ballast and some
/// more, it is taken again and new work with it. Source: messaging.md 1.9, row 10.
@StoreLoop
final class Ballast {
    private static let lookEvery = Duration.seconds(1)
    private static let full = Metrics.gauge(.storageFull)

    private let path: String
    private let bytes: Int
    private nonisolated let released = Atomic(false)

    /// A ballast of that many bytes that is not taken yet; none at all with 0, and then there is no room beyond.
    nonisolated init(folder: String, bytes: Int) {
        path = folder + "/ballast"
        self.bytes = bytes
    }

    /// Whether the disk is full, so that nothing new may be accepted. Any thread.
    nonisolated var isReleased: Bool { released.load(ordering: .relaxed) }

    /// Takes the room; without it the gateway starts as one whose disk is full.
    func take() {
        Self.full.set(0)
        if !fill() { release() }
    }

    /// Gives the room to whoever is under way. Whether that made any.
    @discardableResult
    func release() -> Bool {
        guard !released.exchange(true, ordering: .relaxed) else { return false }
        Self.full.set(1)
        Log.error("the disk is full: nothing new is accepted until there is room", ["ballast_bytes": bytes])
        unlink(path)
        look()
        return bytes > 0
    }

    /// Looks now and then whether there is room again.
    private func look() {
        StoreLoop.after(Self.lookEvery) { [self] in lookNow() }
    }

    private func lookNow() {
        guard hasRoom, fill() else { return look() }
        released.store(false, ordering: .relaxed)
        Self.full.set(0)
        Log.info("the disk has room again")
    }

    /// More than the ballast itself, or it would be given back at once.
    private var hasRoom: Bool {
        var volume = statvfs()
        let folder = path.dropLast("/ballast".count)
        guard statvfs(String(folder), &volume) == 0 else { return false }
        let free = UInt64(volume.f_bavail) * UInt64(volume.f_frsize)
        return free >= UInt64(bytes + max(bytes / 4, 1 << 20))
    }

    private func fill() -> Bool {
        guard bytes > 0 else { return true }
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard posix_fallocate(file, 0, off_t(bytes)) == 0, fsync(file) == 0 else {
            unlink(path)
            return false
        }
        return true
    }
}
