public import JSON

extension Prices {
    /// The built-in table with the rows of an operator's table over it; the built-in one without such a table.
    public static func standard(overriddenBy bytes: [UInt8]?) throws(JSONError) -> Prices {
        guard let bytes else { return standard }
        return standard.overridden(by: try Prices(parsing: bytes))
    }
}
