import Crypto
import JSON

/// How often what was called, so that a test can prove "no more often than attempts".
///
/// Prompts are counted under the first 16 hex digits of their SHA-256. Each table holds 10,000 names; calls past that
/// are counted under `(other)`.
struct Stats {
    private(set) var total = 0
    private(set) var active = 0
    private(set) var mostActive = 0
    private(set) var left = 0
    private var tables: [String: [String: Int]] = [:]

    private static let namesPerTable = 10_000

    /// Counts a call; how often its prompt was seen before, in this dialect and model.
    @discardableResult
    mutating func begin(_ call: Call) -> Int {
        total += 1
        active += 1
        mostActive = max(mostActive, active)
        count("paths", call.path)
        if !call.model.isEmpty { count("models", call.model) }
        if let key = call.idempotencyKey { count("idempotency_keys", key) }
        if let job = call.job { count("jobs", job) }
        guard !call.prompt.isEmpty else { return 0 }
        count("prompts", Self.hash(call.prompt))
        return count("prompts_by_model", "\(call.model) \(Self.hash(call.prompt))") - 1
    }

    /// Counts what a call said of its trace, as it came.
    mutating func note(traceparent: String) { count("traceparents", traceparent) }

    /// Counts how a call ended: the status or the word of what was done instead.
    mutating func end(_ outcome: String) {
        active -= 1
        count("outcomes", outcome)
    }

    /// Counts a caller that went before the answer was complete.
    mutating func callerLeft() { left += 1 }

    mutating func reset() {
        let running = active
        self = Stats()
        active = running
        mostActive = running
    }

    static func hash(_ prompt: String) -> String {
        Hex.encode(Digest.sha256(prompt).prefix(8))
    }

    /// `{"total", "active", "most_active", "left", "paths": {…}, "models": {…}, "prompts": {…}, …}`
    var json: [UInt8] {
        let names = [
            "paths", "models", "prompts", "prompts_by_model", "idempotency_keys", "jobs", "traceparents", "outcomes",
        ]
        return JSONWriter.object { writer in
            writer.field("total", total)
            writer.field("active", active)
            writer.field("most_active", mostActive)
            writer.field("left", left)
            for name in names {
                writer.field(
                    name,
                    object: { writer in
                        for (key, value) in (tables[name] ?? [:]).sorted(by: { $0.key < $1.key }) {
                            writer.field(key, value)
                        }
                    }
                )
            }
        }
    }

    @discardableResult
    private mutating func count(_ table: String, _ name: String) -> Int {
        var names = tables.removeValue(forKey: table) ?? [:]
        let key = names[name] != nil || names.count < Self.namesPerTable ? name : "(other)"
        names[key, default: 0] += 1
        let value = names[key] ?? 0
        tables[table] = names
        return value
    }
}
