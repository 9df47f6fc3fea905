/// A picture's proportions as providers name them: `16:9`.
struct AspectRatio: Sendable, Equatable {
    /// The largest side in an order's size that is believed.
    static let longestSide = 65_536

    let width: Int
    let height: Int

    /// Reads `16:9`; nil for anything else.
    init?(_ text: String) {
        guard let (width, height) = Self.pair(text, ":") else { return nil }
        (self.width, self.height) = (width, height)
    }

    /// The `WxH` of an order's size in pixels; nil for `auto` and anything else that is none.
    static func pixels(_ size: String?) -> (width: Int, height: Int)? {
        guard let size else { return nil }
        return pair(size, "x")
    }

    /// The entry of `choices` that is nearest to a size of `WxH`, as it is written there; the first of two that are
    /// equally near. nil without a size, so that the provider's own default stands.
    ///
    /// Nearness is the quotient of the two ratios, so that too wide by a third counts as much as too high by a third.
    static func nearest(to size: String?, among choices: [String]) -> String? {
        guard let (width, height) = pixels(size) else { return nil }
        var best: (name: String, distance: Double)?
        for name in choices {
            guard let ratio = AspectRatio(name) else { continue }
            let quotient = Double(width) * Double(ratio.height) / (Double(height) * Double(ratio.width))
            let distance = max(quotient, 1 / quotient)
            if best.map({ distance < $0.distance }) ?? true { best = (name, distance) }
        }
        return best?.name
    }

    private static func pair(_ text: String, _ separator: Character) -> (Int, Int)? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = side(parts[0]), let second = side(parts[1]) else { return nil }
        return (first, second)
    }

    private static func side(_ text: Substring) -> Int? {
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let side = Int(text),
            (1...longestSide).contains(side)
        else { return nil }
        return side
    }
}
