/// The operator's own addresses of provider types: `MARTLET_UPSTREAM_<TYPE>`, such as
/// `MARTLET_UPSTREAM_OPENAI_APIKEY=http://127.0.0.1:9900`. Exempt from ``BaseURLRule``.
public struct Upstreams: Sendable {
    private let urls: [String: String]

    /// Reads the environment's entries; others are ignored.
    public init(environment: [String: String]) {
        let prefix = "MARTLET_UPSTREAM_"
        var urls: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix(prefix) && !value.isEmpty {
            urls[name.dropFirst(prefix.count).lowercased()] = value
        }
        self.urls = urls
    }

    /// The operator's address for a connector type, or nil.
    public func url(for type: String) -> String? { urls[type] }
}
