/// A connector as an adapter needs it: which provider, where, with what secrets.
public struct ConnectorConfig: Sendable {
    /// The connector type, such as `openai_apikey`.
    public var type: String
    /// The address that the user gave; nil for types with a fixed one.
    public var baseURL: String?
    /// The credentials by field, such as `api_key`. Secret: never logged, never in an error.
    public var credentials: [String: String]
    /// The operator's `MARTLET_UPSTREAM_<TYPE>`, which replaces every other address and is exempt from the rules.
    public var operatorURL: String?

    /// A connector.
    public init(
        type: String,
        baseURL: String? = nil,
        credentials: [String: String] = [:],
        operatorURL: String? = nil
    ) {
        self.type = type
        self.baseURL = baseURL
        self.credentials = credentials
        self.operatorURL = operatorURL
    }
}

extension ConnectorConfig: CustomStringConvertible, CustomDebugStringConvertible {
    /// The type and the names of the fields, never their values.
    public var description: String { "\(type)(\(credentials.keys.sorted().joined(separator: ", ")))" }
    /// As ``description``, so that no debugger and no `String(reflecting:)` shows a secret.
    public var debugDescription: String { description }
}
