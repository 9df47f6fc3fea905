import Loop
import Wire

/// The spool as the worker sees it from another thread.
extension Spool {
    /// Saves, and says whether another result may not fit.
    func put(_ message: Message) throws(Problem) -> Bool {
        try save(message)
        return isFull
    }

    /// Forgets, and says whether another result may not fit.
    func drop(_ key: JobKey) -> Bool {
        remove(key)
        return isFull
    }

    /// What was there at the start, with what each result had cost.
    func leftovers() -> [(key: JobKey, spent: Spent?)] {
        keys.map { key in
            let message = try? load(key)
            let done = try? message?.body(JobDone.self)
            return (key, done?.usage)
        }
    }
}
