import Glibc

/// Where lines and remarks go.
protocol Sink: Sendable {
    /// Writes lines; false when nobody reads them any more.
    func write(_ bytes: [UInt8]) -> Bool
    /// A remark for the person who watches.
    func note(_ text: String)
}

/// Standard output for messages, standard error for remarks.
struct StandardSink: Sink {
    func write(_ bytes: [UInt8]) -> Bool { Self.write(bytes, to: STDOUT_FILENO) }

    func note(_ text: String) { _ = Self.write(Array("\(text)\n".utf8), to: STDERR_FILENO) }

    /// Whether colours belong into standard output, by option, terminal and the conventions `NO_COLOR` and `TERM`.
    static func isColoured(_ colour: FollowOptions.Colour, environment: [String: String]) -> Bool {
        switch colour {
        case .always: true
        case .never: false
        case .auto:
            isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty
                && environment["TERM"] != "dumb"
        }
    }

    fileprivate static func write(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}

/// A file of its own for what is written, for its owner alone; remarks on standard error.
struct FileSink: Sink {
    private let descriptor: CInt

    /// nil when the file is there already or can't be created, with the reason in `errno`.
    init?(creating path: String) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
    }

    func write(_ bytes: [UInt8]) -> Bool { StandardSink.write(bytes, to: descriptor) }

    func note(_ text: String) { StandardSink().note(text) }
}
