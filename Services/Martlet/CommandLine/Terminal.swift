import Glibc

/// Standard output and error: written at once, whole, coloured only where a person reads.
enum Terminal {
    static let isInteractive = isatty(STDOUT_FILENO) == 1
    private static let hasColour = isInteractive && getenv("NO_COLOR") == nil

    /// The terminal's width in columns, 80 where nobody knows.
    static var columns: Int {
        var size = winsize()
        let known = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return known ? Int(size.ws_col) : 80
    }

    /// Empties a person's screen before it is drawn anew; nothing where a program reads.
    static func clear() {
        if isInteractive { write("\u{1B}[H\u{1B}[2J") }
    }

    static func line(_ text: String = "") { write(text + "\n") }

    static func write(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }

    static func write(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    static func error(_ text: String) { write(Array("martlet: \(text)\n".utf8), to: STDERR_FILENO) }

    /// A line on standard error that the next one replaces; nothing where no person reads.
    static func progress(_ text: String) {
        if isInteractive { write(Array("\r\u{1B}[2K\(text)".utf8), to: STDERR_FILENO) }
    }

    /// A reader that went away (`martlet … | head`) ends the program as quietly as it ends any filter.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, 1_000)
            } else if errno != EINTR {
                if errno == EPIPE, descriptor == STDOUT_FILENO { _exit(0) }
                return
            }
        }
    }

    // MARK: Style

    enum Style: Int {
        case bold = 1
        case faint = 2
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
    }

    static func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
