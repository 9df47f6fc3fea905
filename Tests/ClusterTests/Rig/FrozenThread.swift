import Glibc
import Loop
import Support

/// Holds one thread of another process still while its other threads go on: an application that hangs, with the I/O
/// threads of its libraries alive. SIGSTOP can't do that, since it stops all of a process.
///
/// ptrace(2) can: the thread that seizes is the tracer, so all of it happens on one thread that stays; when this process
/// ends, the kernel lets the seized thread go.
@StoreLoop
final class FrozenThread {
    private typealias Trace = @convention(c) (CLong, CLong, CLong, CLong) -> CLong

    private let id: pid_t
    private let trace: Trace

    private enum Request {
        static let seize: CLong = 0x4206
        static let interrupt: CLong = 0x4207
        static let detach: CLong = 17
    }

    /// Every thread's state, its children's of clone(2) too.
    private static let everyThread: CInt = 0x4000_0000

    /// Freezes the thread of that name, such as `bus`, and returns when it stands still.
    init(_ name: String, of process: pid_t) throws {
        guard let id = Self.thread(name, of: process) else {
            throw NeverHappened(description: "process \(process) has no thread \(name)")
        }
        // The function takes a variable number of arguments, which Swift doesn't import.
        guard let symbol = dlsym(nil, "ptrace") else { throw NeverHappened(description: "no ptrace") }
        self.id = id
        trace = unsafeBitCast(symbol, to: Trace.self)
        guard trace(Request.seize, CLong(id), 0, 0) == 0, trace(Request.interrupt, CLong(id), 0, 0) == 0 else {
            throw NeverHappened(description: "thread \(name) can't be seized: errno \(errno)")
        }
        var status: CInt = 0
        guard waitpid(id, &status, Self.everyThread) == id else {
            throw NeverHappened(description: "thread \(name) didn't stop: errno \(errno)")
        }
    }

    /// Lets it go on.
    func thaw() { _ = trace(Request.detach, CLong(id), 0, 0) }

    private static func thread(_ name: String, of process: pid_t) -> pid_t? {
        let folder = "/proc/\(process)/task"
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let id = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let number = pid_t(id), let file = fopen("\(folder)/\(id)/comm", "r") else { continue }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 32)
            guard fgets(&line, 32, file) != nil else { continue }
            let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if text == name { return number }
        }
        return nil
    }

    /// Whether this machine lets a test do so: a container may forbid it.
    nonisolated static let isPossible: Bool = {
        guard let symbol = dlsym(nil, "ptrace") else { return false }
        let trace = unsafeBitCast(symbol, to: Trace.self)
        // Of a process that isn't there: no such process, unless the call itself is forbidden.
        errno = 0
        return trace(Request.seize, CLong(Int32.max), 0, 0) == -1 && errno == ESRCH
    }()
}
