import Glibc
import Service

/// `tap show FILE` as a process: what was recorded, through the same filters and displays as what passes.
enum ShowProgram {
    static func run(_ path: String, _ options: FollowOptions) -> Never {
        signal(SIGPIPE, SIG_IGN)
        guard let file = RecordingFile(path) else {
            TapProcess.fail("\(path) can't be read: \(String(cString: strerror(errno)))", Exit.noInput)
        }
        let ink = Ink(isColoured: StandardSink.isColoured(options.colour, environment: Environment.all))
        var showing = Showing(options, LineFormat(ink: ink))
        _exit(showing.run(StandardSink()) { file.read() })
    }
}
