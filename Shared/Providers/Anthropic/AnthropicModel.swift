/// What a model's name tells of the requests that it takes.
///
/// `claude-sonnet-4-6`, `claude-3-5-haiku-20241022` and `us.anthropic.claude-opus-4-5` carry their version; a name
/// without one is taken for a model that came after this build.
struct AnthropicModel {
    private let version: (major: Int, minor: Int)?
    private let isOpus: Bool

    init(_ name: String) {
        isOpus = name.contains("opus")
        let family = name.firstRange(of: "claude").map { name[$0.upperBound...] } ?? name[...]
        var numbers: [Int] = []
        for part in family.split(whereSeparator: { "-.@:/".contains($0) }) {
            guard part.utf8.count <= 2, let number = Int(part) else {
                if !numbers.isEmpty { break }
                continue
            }
            numbers.append(number)
            if numbers.count == 2 { break }
        }
        version = numbers.first.map { ($0, numbers.count > 1 ? numbers[1] : 0) }
    }

    /// Models after 4.6 refuse temperature, top_p and top_k.
    var takesSampling: Bool {
        guard let version else { return false }
        return version <= (4, 6)
    }

    /// `output_config.effort` came with Opus 4.5 and is on every model since 4.6.
    var takesEffort: Bool {
        guard let version else { return true }
        return version >= (4, 6) || (isOpus && version == (4, 5))
    }
}
