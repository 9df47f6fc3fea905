extension Filter {
    static func parse(_ term: String) throws(UsageError) -> Term {
        if term == "error" { return .error(negated: false) }
        if term == "!error" { return .error(negated: true) }
        let name = term.prefix { $0.isLetter }
        let rest = term.dropFirst(name.count)
        if let field = Text(rawValue: String(name)) { return try text(field, rest, term) }
        if let measure = Measure(rawValue: String(name)) { return try self.measure(measure, rest, term) }
        let known = (Text.allCases.map(\.rawValue) + Measure.allCases.map(\.rawValue)).joined(separator: ", ")
        throw UsageError("'\(term)' is no filter: it begins with none of \(known), error")
    }

    private static func text(_ field: Text, _ rest: Substring, _ term: String) throws(UsageError) -> Term {
        let negated = rest.hasPrefix("!=")
        guard negated || rest.hasPrefix("=") else {
            throw UsageError("'\(term)': write \(field.rawValue)=PATTERN or \(field.rawValue)!=PATTERN")
        }
        let patterns = rest.dropFirst(negated ? 2 : 1).split(separator: ",", omittingEmptySubsequences: false)
        guard !patterns.contains(where: \.isEmpty) else { throw UsageError("'\(term)' has an empty pattern") }
        return .text(field, patterns.map { Glob($0) }, negated: negated)
    }

    private static func measure(_ measure: Measure, _ rest: Substring, _ term: String) throws(UsageError) -> Term {
        let unit = measure.isTime ? "a time such as 80ms" : "a size such as 64k"
        guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else {
            throw UsageError("'\(term)': write '\(measure.rawValue)>LIMIT', quoted for the shell, with \(unit)")
        }
        let text = rest.dropFirst(comparison.rawValue.count)
        let limit = measure.isTime ? Quantity.duration(text).map(microseconds) : Quantity.bytes(text).map { Int64($0) }
        guard let limit else { throw UsageError("'\(term)': '\(text)' is not \(unit)") }
        return .measure(measure, comparison, limit)
    }
}
