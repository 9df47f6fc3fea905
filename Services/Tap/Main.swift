import Glibc
import Service

@main
struct Main {
    static func main() {
        do throws(UsageError) {
            switch try Command(Array(CommandLine.arguments.dropFirst())) {
            case .help:
                _ = StandardSink().write(Array("\(Usage.text)\n".utf8))
                _exit(Exit.done)
            case .version:
                _ = StandardSink().write(Array(Launch.versionLine("tap").utf8))
                _exit(Exit.done)
            case .hub:
                Launch.run("tap", summary: "Runs the hub that services publish to and taps follow.", HubService.start)
            case .follow(let options):
                FollowProgram.run(options)
            case .show(let path, let options):
                ShowProgram.run(path, options)
            case .replay(let options):
                ReplayProgram.run(options)
            }
        } catch {
            TapProcess.fail("\(error). tap --help lists everything.", Exit.usage)
        }
    }
}
