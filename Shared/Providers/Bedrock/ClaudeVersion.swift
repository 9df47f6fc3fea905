/// Which Claude a model's name means: Anthropic's newer models refuse what the older ones want.
struct ClaudeVersion: Comparable {
    let major: Int
    let minor: Int

    init(_ major: Int, _ minor: Int) {
        (self.major, self.minor) = (major, minor)
    }

    /// Reads `claude-3-7-sonnet-20250219`, `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-opus-5-5`; nil for
    /// another vendor's model. A name without a version counts as the newest.
    init?(_ model: String) {
        guard let start = model.firstRange(of: "claude-") else { return nil }
        let words = model[start.upperBound...].split(separator: "-")
        let isNumber = { (word: Substring) in
            word.utf8.count <= 2 && word.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        guard let first = words.firstIndex(where: isNumber), let major = Int(words[first]) else {
            self.init(99, 0)
            return
        }
        let next = words.dropFirst(first + 1).first.flatMap { isNumber($0) ? Int($0) : nil }
        self.init(major, next ?? 0)
    }

    static func < (left: ClaudeVersion, right: ClaudeVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// `temperature`, `top_p` and `top_k` give an error, even at their defaults.
    var refusesSampling: Bool { self > ClaudeVersion(4, 6) }
    /// Of `temperature` and `top_p` only one may be given.
    var takesOneOfSampling: Bool { self >= ClaudeVersion(4, 1) }
    /// The effort can be named.
    var knowsEffort: Bool { self >= ClaudeVersion(4, 6) }
    /// A budget for thinking can be named.
    var knowsBudget: Bool { self >= ClaudeVersion(3, 7) && self <= ClaudeVersion(4, 6) }
}
