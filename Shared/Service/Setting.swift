/// One option: its name in the environment, and all that `--help` says about it.
public struct Setting: Sendable, Hashable {
    /// What a value must look like.
    public enum Form: Sendable, Hashable {
        /// Any text.
        case text
        /// Text that no help, log or error shows.
        case secret
        /// A folder or file.
        case path
        /// `host:port`; port 0 takes a free one.
        case hostPort
        /// A ZeroMQ address such as `tcp://127.0.0.1:7601`.
        case endpoint
        /// An address of HTTP.
        case url
        /// A whole number in a range.
        case number(ClosedRange<Int>)
        /// One of these words.
        case choice([String])
    }

    /// The variable, for example `MARTLET_DATA`.
    public let name: String
    /// What a number counts, for example `seconds`; empty otherwise.
    public let unit: String
    /// What holds when nothing is set; empty for nothing.
    public let fallback: String
    /// What it is for, in a sentence.
    public let meaning: String
    /// What a value must look like.
    public let form: Form

    init(_ name: String, _ form: Form, unit: String = "", default fallback: String = "", _ meaning: String) {
        self.name = name
        self.form = form
        self.unit = unit
        self.fallback = fallback
        self.meaning = meaning
    }

    /// The flag of the same option: `MARTLET_TAP_IN` is `--tap-in`.
    public var flag: String {
        let tail = name.hasPrefix("MARTLET_") ? name.dropFirst("MARTLET_".count) : name[...]
        return "--" + String(tail.map { $0 == "_" ? "-" : Character($0.lowercased()) })
    }

    /// Why the value won't do, as the end of a sentence; nil when it will.
    func complaint(about value: String) -> String? {
        switch form {
        case .text, .secret, .path:
            return value.utf8.contains(0) ? "must not hold a NUL" : nil
        case .hostPort:
            return HostPort(value) == nil ? "must be host:port, for example 127.0.0.1:8080" : nil
        case .endpoint:
            return Self.isEndpoint(value) ? nil : "must be a ZeroMQ address, for example tcp://127.0.0.1:7601"
        case .url:
            let isHTTP = ["http://", "https://"].contains { value.hasPrefix($0) && value.count > $0.count }
            return isHTTP ? nil : "must begin with http:// or https://"
        case .number(let range):
            guard let number = Int(value), range.contains(number) else {
                return "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .choice(let words):
            return words.contains(value) ? nil : "must be one of \(words.joined(separator: ", "))"
        }
    }

    private static func isEndpoint(_ value: String) -> Bool {
        if value.hasPrefix("tcp://") {
            let rest = value.dropFirst("tcp://".count)
            return HostPort(String(rest)) != nil || rest.hasSuffix(":*")
        }
        return ["ipc://", "inproc://"].contains { value.hasPrefix($0) && value.count > $0.count }
    }
}
