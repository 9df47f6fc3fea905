import Crypto
import Glibc
import Loop
import Telemetry
import Wire

/// Results on disk that the gateway does not have yet: written and synced before the gateway hears of them, deleted
/// once it has settled them.
///
/// `<folder>/<boot>/` belongs to one process, which holds a lock on it for as long as it lives. At start the folders of
/// dead processes are emptied into the own one, so a result outlives any crash behind its rename. A file is one recorded
/// message (`job.done` or `job.failed`) under a name made from its key; what is not whole is thrown away.
@StoreLoop
final class Spool {
    /// Why the spool can't be used.
    struct Problem: Error, CustomStringConvertible {
        /// `io`, `full`, `missing` or `damaged`.
        let code: String
        let description: String
    }

    /// Bytes that unsettled results may take together.
    nonisolated let limit: Int
    private let folder: String
    private let own: String
    private var lock: CInt = -1
    private var sizes: [JobKey: Int] = [:]

    /// Opens the own folder and adopts what dead processes left.
    init(folder: String, boot: String, limit: Int) throws(Problem) {
        self.folder = folder
        self.limit = limit
        own = folder + "/" + boot
        try Self.makeFolder(folder)
        try Self.makeFolder(own)
        guard let lock = Self.lock(own) else { throw Self.failed("lock", own) }
        self.lock = lock
        Self.sync(folder)
        adopt(own)
        for name in Self.names(in: folder) where name != boot { adoptOrphan(folder + "/" + name) }
    }

    /// The results at hand.
    var keys: [JobKey] { sizes.keys.sorted { ($0.job, $0.attempt, $0.lease) < ($1.job, $1.attempt, $1.lease) } }
    /// Bytes in use.
    var bytes: Int { sizes.values.reduce(0, +) }
    /// Another result of the usual size may not fit.
    var isFull: Bool { bytes + Self.reserve > limit }

    /// Room that is kept for the results of jobs that run already.
    private static let reserve = 8 << 20

    // MARK: Results

    /// Writes a result; when this returns it survives a crash of the machine.
    func save(_ message: Message) throws(Problem) {
        guard let key = JobKey(message.header) else { throw Problem(code: "damaged", description: "no job in it") }
        let record = message.encodeRecorded()
        guard bytes + record.count <= limit else { throw Problem(code: "full", description: "the spool is full") }
        let path = own + "/" + Self.name(key)
        let temporary = path + ".tmp"
        do throws(Problem) {
            try Self.write(record, to: temporary)
            guard rename(temporary, path) == 0 else { throw Self.failed("rename", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        Self.sync(own)
        sizes[key] = record.count
    }

    /// Reads a result back.
    func load(_ key: JobKey) throws(Problem) -> Message {
        guard sizes[key] != nil else { throw Problem(code: "missing", description: "not in the spool") }
        guard let message = Self.read(own + "/" + Self.name(key)), JobKey(message.header) == key else {
            throw Problem(code: "damaged", description: "the spool's file can't be read back")
        }
        return message
    }

    /// Forgets a result; one that isn't there is forgotten already.
    func remove(_ key: JobKey) {
        guard sizes.removeValue(forKey: key) != nil else { return }
        unlink(own + "/" + Self.name(key))
    }

    /// Lets go of the lock alone, as the end of a process does.
    func abandon() {
        Self.unlock(lock)
        lock = -1
    }

    /// Lets go of the folder; an empty one goes away.
    func close() {
        guard lock >= 0 else { return }
        if sizes.isEmpty {
            unlink(own + "/lock")
            rmdir(own)
        }
        Self.unlock(lock)
        lock = -1
    }

    // MARK: Orphans

    /// Takes over a dead process's folder; one whose process lives can't be locked and is left alone.
    private func adoptOrphan(_ path: String) {
        guard let lock = Self.lock(path) else { return }
        defer { Self.unlock(lock) }
        for name in Self.names(in: path) where name.hasSuffix(".mtl") {
            if rename(path + "/" + name, own + "/" + name) != 0 {
                Log.warning("a result of another process can't be adopted", ["errno": Int(errno)])
            }
        }
        Self.sync(own)
        for name in Self.names(in: path) where name.hasSuffix(".tmp") { unlink(path + "/" + name) }
        unlink(path + "/lock")
        rmdir(path)
        adopt(own)
    }

    /// Counts the whole results in the own folder and throws the rest away.
    private func adopt(_ path: String) {
        let known = Set(sizes.keys.map(Self.name))
        for name in Self.names(in: path) where name != "lock" && !known.contains(name) {
            if name.hasSuffix(".mtl"), let message = Self.read(path + "/" + name), let key = JobKey(message.header),
                Self.name(key) == name
            {
                sizes[key] = message.encodeRecorded().count
            } else {
                Log.warning("a result that was not whole is thrown away", ["file": name])
                unlink(path + "/" + name)
            }
        }
    }
}
