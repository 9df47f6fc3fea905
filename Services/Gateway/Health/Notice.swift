import HTTP

/// What an owner is told about a connector: its key is no longer accepted, or is again.
struct Notice: Sendable, Equatable {
    let id: String
    let name: String
    let type: String
    let works: Bool
    let reason: String?

    init(connector: Connector, works: Bool, reason: String?) {
        id = connector.id
        name = Self.line(connector.displayName)
        type = connector.type
        self.works = works
        self.reason = reason.map(Self.line)
    }

    /// On one line: a name may hold what would begin another.
    private static func line(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.isWhitespace ? " " : $0 }
                    .filter { $0.properties.generalCategory != .control }
            )
        )
    }

    /// What the log says.
    var sentence: StaticString {
        works ? "a connector's credentials are accepted again" : "a connector's credentials are no longer accepted"
    }

    func mail(to address: String) -> Mail {
        let text =
            works
            ? """
            The provider accepts the credentials of your connector "\(name)" (\(type), \(id)) again.
            Calls go to it as before.
            """
            : """
            The provider no longer accepts the credentials of your connector "\(name)" (\(type), \(id)).
            Two looks in a row came to this: \(reason ?? "auth_invalid.")

            Calls that name no connector pass it over until its credentials are changed or accepted again.
            """
        let subject = works ? "Martlet: a connector works again" : "Martlet: a connector's credentials are refused"
        return Mail(to: address, subject: subject, text: text)
    }
}
