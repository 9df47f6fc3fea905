/// What a client asked for, apart from the body.
public struct Request: Sendable {
    /// The method as sent: `GET`, `POST`, … Methods are case-sensitive.
    public let method: String
    /// The path as sent, still percent-encoded, without the query; always begins with `/`, or is `*` for OPTIONS.
    public let path: String
    /// What follows the first `?`, still percent-encoded, or nil.
    public let query: String?
    /// The header fields.
    public let headers: Fields
    /// Whose connection it is.
    public let remote: SocketAddress
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    public let minorVersion: Int

    init(_ head: RequestHead, _ remote: SocketAddress) {
        method = head.method
        path = head.path
        query = head.query
        headers = head.fields
        self.remote = remote
        minorVersion = head.minorVersion
    }

    /// The path and the query as sent.
    public var target: String { query.map { path + "?" + $0 } ?? path }

    /// The first value under that name in the query, decoded (`+` is a space), or nil.
    public func queryValue(_ name: String) -> String? {
        queryItems.first { $0.name == name }?.value
    }

    /// The query's names and values, decoded, in order; a name without `=` has an empty value.
    public var queryItems: [(name: String, value: String)] {
        (query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { item in
            let end = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            let value = end < item.endIndex ? item[item.index(after: end)...] : item[item.endIndex...]
            return (
                String(percentDecoding: item[..<end], plusIsSpace: true),
                String(percentDecoding: value, plusIsSpace: true)
            )
        }
    }

    /// The path's parts between the slashes, decoded each for itself; empty parts are left out.
    public var pathSegments: [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(percentDecoding: $0, plusIsSpace: false) }
    }
}
