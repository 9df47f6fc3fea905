import HTTP

/// A provider's wire format. A new provider is a folder with one of these and its shapes, and a line in ``Sim``.
@NetLoop
protocol Dialect {
    /// Whether a path, without a trailing slash, is this provider's.
    func knows(_ path: String) -> Bool
    /// Answers it. What it throws means that the caller left.
    func serve(_ exchange: Exchange, sim: Sim) async throws(HTTPError)
}
