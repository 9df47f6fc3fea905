import JSON
import Loop

/// Failures by rule: an ordered list from a file, of which the first that matches and whose dice say so decides.
///
/// Pure: the same seed and the same calls in the same order give the same behaviours.
///
/// ```
/// [{"match": {"model": "gpt-*", "path": "/v1/chat/completions", "prompt": "dragon", "header": "x-team: red"},
///   "probability": 0.3, "times": 2, "action": "error-429", "retry_after_ms": 500,
///   "delay_ms": 100, "chunk_delay_ms": 20, "image_ms": 800}]
/// ```
/// Every member is optional; `*` ends a prefix; `times` is how often the rule may decide. Actions are the words behind
/// `sim-` in model names; without one the rule changes times alone.
struct Rules: Sendable {
    private var rules: [Rule] = []
    private var dice: Dice

    struct Rule: Sendable {
        var model: String?
        var path: String?
        var prompt: String?
        var header: (name: String, value: String)?
        var probability = 1.0
        var timesLeft = Int.max
        var action: Action?
        var latency: Duration?
        var chunkDelay: Duration?
        var imageTime: Duration?
        var retryAfter: Duration?
    }

    /// No rules.
    init(seed: UInt64 = 1) {
        dice = Dice(seed)
    }

    /// The rules of a file: an array, or an object with the array under `rules`.
    init(parsing bytes: [UInt8], seed: UInt64) throws(RulesError) {
        dice = Dice(seed)
        do throws(JSONError) {
            let document = try JSONValue(parsing: bytes)
            guard let list = document.array ?? document["rules"]?.array else {
                throw JSONError(.type, "an array of rules is due")
            }
            for entry in list { rules.append(try Rule(entry)) }
        } catch {
            throw RulesError(message: error.message)
        }
    }

    /// What happens to this call: the model's own behaviour, or that of the header `x-sim`, changed by the first rule
    /// that applies.
    mutating func behaviour(for call: Call) -> Behaviour {
        var behaviour = Behaviour(model: call.model)
        if call.hasFreeNames, behaviour.action == .fail(.modelNotFound), !call.model.contains("missing"),
            !call.model.contains("sim-")
        {
            behaviour = Behaviour(.answer)
        }
        if let word = call.header("x-sim"), let action = Action(named: word) { behaviour.action = action }
        for index in rules.indices where rules[index].timesLeft > 0 && rules[index].matches(call) {
            guard dice.chance(rules[index].probability) else { continue }
            rules[index].timesLeft -= 1
            rules[index].apply(to: &behaviour)
            return behaviour
        }
        return behaviour
    }
}

/// A rules file that can't be read, with what to change.
struct RulesError: Error, Equatable {
    let message: String
}

extension Rules.Rule {
    init(_ entry: JSONValue) throws(JSONError) {
        guard entry.object != nil else { throw JSONError(.type, "a rule is an object") }
        let match = entry["match"] ?? .object([])
        model = try match.optionalString("model")
        path = try match.optionalString("path")
        prompt = try match.optionalString("prompt")?.lowercased()
        if let line = try match.optionalString("header") {
            let parts = line.split(separator: ":", maxSplits: 1).map { String($0.trimmed) }
            guard parts.count == 2 else { throw JSONError(.type, "a header is matched as `name: value`") }
            header = (parts[0], parts[1])
        }
        probability = try entry.optionalDouble("probability") ?? 1
        timesLeft = try entry.optionalInt("times").map { Int(clamping: $0) } ?? .max
        latency = try entry.milliseconds("delay_ms")
        chunkDelay = try entry.milliseconds("chunk_delay_ms")
        imageTime = try entry.milliseconds("image_ms")
        retryAfter = try entry.milliseconds("retry_after_ms")
        if let word = try entry.optionalString("action") {
            guard let known = Action(named: word) else { throw JSONError(.type, "no action is called \(word)") }
            action = known
        }
    }

    func matches(_ call: Call) -> Bool {
        if let model, !Self.fits(call.model, model) { return false }
        if let path, !Self.fits(call.path, path) { return false }
        if let prompt, !call.prompt.lowercased().contains(prompt) { return false }
        if let header, !Self.fits(call.header(header.name) ?? "", header.value) { return false }
        return true
    }

    func apply(to behaviour: inout Behaviour) {
        behaviour.action = action ?? behaviour.action
        behaviour.latency = latency ?? behaviour.latency
        behaviour.chunkDelay = chunkDelay ?? behaviour.chunkDelay
        behaviour.imageTime = imageTime ?? behaviour.imageTime
        behaviour.retryAfter = retryAfter ?? behaviour.retryAfter
    }

    private static func fits(_ text: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? text.hasPrefix(pattern.dropLast()) : text == pattern
    }
}

extension JSONValue {
    fileprivate func milliseconds(_ name: String) throws(JSONError) -> Duration? {
        try optionalInt(name).map { .milliseconds(max(0, min($0, 3_600_000))) }
    }
}

extension Substring {
    /// Without white space at either end.
    var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
