import HTTP

/// A provider's wire format. A new provider is a folder with one of these and its shapes, and a line in ``Sim``.
@NetLoop
protocol Dialect {
    /// The first part of its addresses: `/anthropic/v1/messages`. OpenAI's work without it too.
    var name: String { get }
    /// Answers a call. What it throws means that the caller left.
    ///
    /// - Parameter path: without the dialect's name in front and without a trailing slash.
    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError)
}
