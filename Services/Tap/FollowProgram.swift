import Bus
import Glibc
import Service

/// `tap [filter…]` and all that follows the hub, as a process.
enum FollowProgram {
    static func run(_ options: FollowOptions) -> Never {
        let sink = sink(options)
        var options = options
        options.isTerminal = isatty(STDOUT_FILENO) == 1
        TapProcess.run { [options] (parts) throws(BusError) in
            let ink = Ink(isColoured: StandardSink.isColoured(options.colour, environment: parts.environment))
            let hub = options.hub ?? parts.settings.tapOut
            let follow = try Follow(options, hub: hub, keys: parts.keys, sink: sink, format: LineFormat(ink: ink))
            // `_exit`: nothing is left to flush, and `exit` would run destructors under the feet of the loops' threads.
            follow.onEnd = { _exit($0) }
            try follow.start()
            return { follow.interrupt() }
        }
    }

    /// Where it goes: standard output, or the recording's file, which must not be there yet.
    private static func sink(_ options: FollowOptions) -> any Sink {
        guard options.mode == .record, let path = options.path, path != "-" else { return StandardSink() }
        guard let sink = FileSink(creating: path) else {
            TapProcess.fail("\(path) can't be created: \(String(cString: strerror(errno)))", Exit.cannotCreate)
        }
        return sink
    }
}
