public import Telemetry

/// The options of this process, read once at its start and never changed.
///
/// A flag goes before the environment, which goes before the default. A wrong value is an error with a sentence, never
/// a silent default.
public struct Settings: Sendable {
    /// What stands on the command line besides flags.
    public let operands: [String]
    /// Variables that look like Martlet's but aren't: a typing error, most likely.
    public let unknown: [String]
    /// Addresses that replace those of provider types, by connector type, for example `openai_apikey`.
    public let upstreams: [String: String]
    /// The organisation's provider keys found in the environment, by connector type.
    public let providerKeys: [String: Secret<String>]
    private let values: [Setting: String]

    /// Reads an environment and a command line (without the program's name).
    ///
    /// `--name value`, `--name=value`; `--` ends the flags. An empty variable counts as not set. Throws `.usage` for
    /// the command line's errors and `.configuration` for the environment's.
    public init(environment: [String: String], arguments: [String] = []) throws(LaunchError) {
        var values: [Setting: String] = [:]
        for setting in Setting.table {
            guard let value = environment[setting.name], !value.isEmpty else { continue }
            if let complaint = setting.complaint(about: value) {
                throw .configuration("\(setting.name) \(complaint)\(Self.quoted(value, of: setting))")
            }
            values[setting] = value
        }
        operands = try Self.takeFlags(arguments, into: &values)
        self.values = values
        upstreams = try Self.upstreams(in: environment)
        providerKeys = Dictionary(
            uniqueKeysWithValues: Setting.providerKeys.compactMap { type, name in
                environment[name].flatMap { $0.isEmpty ? nil : (type, Secret($0)) }
            }
        )
        let known = Set(Setting.table.map(\.name))
        unknown = environment.keys.filter {
            $0.hasPrefix("MARTLET_") && !known.contains($0) && !$0.hasPrefix(Setting.upstreamPrefix)
        }.sorted()
    }

    private static func takeFlags(
        _ arguments: [String],
        into values: inout [Setting: String]
    ) throws(LaunchError) -> [String] {
        var operands: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return operands + rest }
            guard argument.hasPrefix("--") else {
                operands.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let setting = Setting.table.first(where: { $0.flag == parts[0] }) else {
                throw .usage("\(parts[0]) is no option; --help lists them all")
            }
            guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                throw .usage("\(setting.flag) needs a value")
            }
            if let complaint = setting.complaint(about: value) {
                throw .usage("\(setting.flag) \(complaint)\(quoted(value, of: setting))")
            }
            values[setting] = value
        }
        return operands
    }

    private static func upstreams(in environment: [String: String]) throws(LaunchError) -> [String: String] {
        var upstreams: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix(Setting.upstreamPrefix) && !value.isEmpty {
            let setting = Setting(name, .url, "")
            if let complaint = setting.complaint(about: value) {
                throw .configuration("\(name) \(complaint)\(quoted(value, of: setting))")
            }
            upstreams[name.dropFirst(Setting.upstreamPrefix.count).lowercased()] = value
        }
        return upstreams
    }

    private static func quoted(_ value: String, of setting: Setting) -> String {
        setting.form == .secret ? "" : ", not \"\(value.prefix(120))\""
    }

    // MARK: Values

    /// The text of an option; empty when it has neither value nor default.
    public subscript(_ setting: Setting) -> String { values[setting] ?? setting.fallback }

    /// The number of an option whose form is a number; nil when nothing is set.
    public func number(_ setting: Setting) -> Int? { Int(self[setting]) }

    private func number(_ setting: Setting, orDefault fallback: Int) -> Int { number(setting) ?? fallback }

    /// Where a service keeps its files.
    public var data: String { self[.data] }
    /// Where the gateway serves HTTP.
    public var http: HostPort { HostPort(self[.http]) ?? HostPort(host: "127.0.0.1", port: 8_080) }
    /// The first admin's key, when the operator gave one.
    public var adminKey: Secret<String>? { self[.adminKey].isEmpty ? nil : Secret(self[.adminKey]) }
    /// The CURVE keys' folder.
    public var keys: String { self[.keys].isEmpty ? data + "/keys" : self[.keys] }
    /// Where image workers meet the gateway.
    public var jobs: String { self[.jobs] }
    /// Where the health monitor meets the gateway.
    public var control: String { self[.control] }
    /// Where the audit service takes events.
    public var audit: String { self[.audit] }
    /// Where services publish to the tap.
    public var tapIn: String { self[.tapIn] }
    /// Where taps listen.
    public var tapOut: String { self[.tapOut] }
    /// What a tap shows of prompts: `none`, `hash`, `truncate` or `full`.
    public var tapPrompts: String { self[.tapPrompts] }
    /// The least level that is logged.
    public var logLevel: Log.Level { Log.Level(name: self[.log]) ?? .info }
    /// How often a quiet event stream says that it lives.
    public var keepAlive: Duration { .seconds(number(.keepAlive, orDefault: 15)) }
    /// How long a worker may keep an image without a sign of life.
    public var lease: Duration { .milliseconds(number(.lease, orDefault: 15_000)) }
    /// How often a connector is checked.
    public var healthInterval: Duration { .seconds(number(.healthInterval, orDefault: 6) * 3_600) }
    /// How many images a worker makes at a time.
    public var slots: Int { number(.slots, orDefault: 1) }
    /// Bytes that a worker keeps on disk for a gateway that is away.
    public var spoolBytes: Int { number(.spool, orDefault: 512) << 20 }
    /// Bytes of the gateway's disk that are kept for images under way.
    public var ballastBytes: Int { number(.ballast, orDefault: 64) << 20 }
    /// How many audit events wait for the audit service at most.
    public var outboxEvents: Int { number(.outbox, orDefault: 200_000) }
    /// The operator's own price table; nil when there is none.
    public var prices: String? { self[.prices].isEmpty ? nil : self[.prices] }
    /// Where mail goes, when the operator said so.
    public var smtp: Secret<String>? { self[.smtp].isEmpty ? nil : Secret(self[.smtp]) }
    /// Whether calls to providers carry `traceparent`.
    public var tracesUpstream: Bool { self[.traceUpstream] == "true" }
    /// Who may sign the mail server's certificate; nil for the system's authorities.
    public var smtpAuthorities: String? { self[.smtpAuthorities].isEmpty ? nil : self[.smtpAuthorities] }
    /// How long a stop may take.
    public var drain: Duration { .seconds(number(.drain, orDefault: 20)) }
    /// Where this process shows that it lives; nil when it doesn't.
    public var healthFile: String? { self[.healthFile].isEmpty ? nil : self[.healthFile] }
    /// Whose death ends this process.
    public var parent: Int32? { number(.parent).flatMap { Int32(exactly: $0) } }
}
