import CLinux
import Glibc
import Loop

/// SIGTERM and SIGINT, taken by the main thread alone and one at a time; no handler runs anywhere.
public enum Signals {
    /// Blocks both in this thread and all that it starts; ignores SIGPIPE. Before any thread is started.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        var set = stopping
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The next of the two; nil when the deadline comes first.
    static func next(before deadline: Moment?) -> Int32? {
        var set = stopping
        while true {
            let result: Int32
            if let deadline {
                let left = max(0, (deadline - .now).nanoseconds)
                var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
                result = sigtimedwait(&set, nil, &time)
            } else {
                result = sigwaitinfo(&set, nil)
            }
            if result > 0 { return result }
            if errno == EAGAIN { return nil }
        }
    }

    /// Sends this process SIGTERM when its parent dies; ends it at once if that has happened already.
    static func follow(parent: Int32) {
        _ = martlet_die_with_parent(SIGTERM)
        if getppid() != parent { _exit(0) }
    }

    /// The same for a program that doesn't read ``Settings``: its parent is the one that MARTLET_PARENT names, if any.
    public static func followParent() {
        if let parent = getenv("MARTLET_PARENT").flatMap({ Int32(String(cString: $0)) }) { follow(parent: parent) }
    }

    private static var stopping: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }
}
