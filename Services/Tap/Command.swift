/// What the command line asks for.
enum Command: Sendable, Equatable {
    case help
    case version
    case hub
    case follow(FollowOptions)
    /// Reads a recording instead of following.
    case show(path: String, FollowOptions)
    case replay(ReplayOptions)

    /// Reads the arguments after the program's name. The first word names a command; without one, it follows.
    init(_ arguments: [String]) throws(UsageError) {
        // The hub is a service like the others, with their flags and their help.
        if arguments.first == "hub" {
            self = .hub
        } else if arguments.first == "help" || arguments.contains("-h") || arguments.contains("--help") {
            self = .help
        } else if arguments == ["--version"] {
            self = .version
        } else {
            self = try Self.command(arguments)
        }
    }

    private static func command(_ arguments: [String]) throws(UsageError) -> Command {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "follow": return .follow(try FollowOptions(rest))
        case "pair": return .follow(try FollowOptions(rest, .pair))
        case "top": return .follow(try FollowOptions(rest, .top))
        case "trace": return .follow(try FollowOptions(rest, .trace))
        case "record": return .follow(try FollowOptions(rest, .record))
        case "show":
            let options = try FollowOptions(rest, readsFile: true)
            guard let path = options.path else { throw UsageError("tap show needs a FILE, or - for standard input") }
            return .show(path: path, options)
        case "replay": return .replay(try ReplayOptions(rest))
        default: return .follow(try FollowOptions(arguments))
        }
    }
}
