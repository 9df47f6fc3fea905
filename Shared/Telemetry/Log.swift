import Glibc
import Synchronization

/// JSON lines on standard error: one line, one `write(2)`, never a wait.
///
/// The message is fixed text and everything that varies is a field, so lines can be counted and searched. A line is at
/// most 4,096 bytes (PIPE_BUF): it is never torn by another writer's, and when a pipe's reader stands still the line is
/// dropped and counted instead of blocking a loop. Any thread may log.
public enum Log {
    /// How much a line matters. Info is for people who run Martlet, debug for those who fix it.
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        /// For those who fix it.
        case debug
        /// For people who run it.
        case info
        /// Something is not as it should be, and Martlet copes.
        case warning
        /// Something failed.
        case error

        /// The level as it is written in a line and in `MARTLET_LOG`.
        public var name: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }

        /// The level of that name, or nil.
        public init?(name: String) {
            guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = level
        }

        /// The lesser level comes first.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    private static let threshold = Atomic<Int>(levelOfEnvironment().rawValue)
    private static let dropped = Atomic<Int>(0)
    private static let origin = Mutex(LogLine.Origin(service: "", instance: ""))

    /// Names the process in every line from now on, and may set the level, which is `MARTLET_LOG`'s otherwise.
    public static func configure(service: String, instance: String, level: Level? = nil) {
        origin.withLock { $0 = LogLine.Origin(service: service, instance: instance) }
        if let level { threshold.store(level.rawValue, ordering: .relaxed) }
    }

    /// Whether a line of that level would be written: ask before computing costly fields.
    public static func isEnabled(_ level: Level) -> Bool {
        level.rawValue >= threshold.load(ordering: .relaxed)
    }

    /// A line for those who fix Martlet.
    public static func debug(
        _ message: StaticString,
        _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
    ) {
        if isEnabled(.debug) { write(.debug, message, fields()) }
    }

    /// A line for people who run Martlet.
    public static func info(
        _ message: StaticString,
        _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
    ) {
        if isEnabled(.info) { write(.info, message, fields()) }
    }

    /// A line about something that is not as it should be.
    public static func warning(
        _ message: StaticString,
        _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
    ) {
        if isEnabled(.warning) { write(.warning, message, fields()) }
    }

    /// A line about a failure.
    public static func error(
        _ message: StaticString,
        _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
    ) {
        write(.error, message, fields())
    }

    /// A line whose level is known only when it is written.
    public static func line(
        _ level: Level,
        _ message: StaticString,
        _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
    ) {
        if isEnabled(level) { write(level, message, fields()) }
    }

    private static func write(_ level: Level, _ message: StaticString, _ fields: KeyValuePairs<String, any LogValue>) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let missing = dropped.exchange(0, ordering: .relaxed)
        let line = LogLine.bytes(
            at: time,
            level: level,
            origin: origin.withLock { $0 },
            message: message,
            fields: fields,
            dropped: missing
        )
        if !offer(line, to: STDERR_FILENO) {
            dropped.wrappingAdd(missing + 1, ordering: .relaxed)
        }
    }

    /// Writes the line when that can't block. A pipe that polls writable has room for PIPE_BUF bytes.
    static func offer(_ line: [UInt8], to descriptor: CInt) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLOUT) != 0 else { return false }
        return Glibc.write(descriptor, line, line.count) == line.count
    }

    private static func levelOfEnvironment() -> Level {
        guard let text = getenv("MARTLET_LOG") else { return .info }
        return Level(name: String(cString: text)) ?? .info
    }
}
