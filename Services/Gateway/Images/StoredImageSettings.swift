import SQLite

/// What is stored for the pictures of one caller: their own settings and the organisation's, and the template that
/// applies.
struct StoredImageSettings: Sendable {
    var own = ImageSettings()
    var organisation = ImageSettings()
    /// nil for the built-in one.
    var template: PromptTemplate?

    /// Own over the organisation's over the built-in ones.
    func effective(namesConnector: (String) -> Bool = { _ in false }) -> ImageSettings {
        own.over(organisation.over(.builtIn, namesConnector: namesConnector), namesConnector: namesConnector)
    }

    /// Leaves provider and model to the request.
    mutating func forgetProviders() {
        (own.provider, own.model) = (nil, nil)
        (organisation.provider, organisation.model) = (nil, nil)
    }

    /// Reads what a request of that user needs; inside a transaction of the caller's.
    ///
    /// A request that names no template gets the one called `default`: the user's, else the organisation's, else the
    /// built-in one.
    /// - Throws: `validation_failed` for a name that nobody has stored.
    static func read(for user: String, _ template: ImageRequest.Template?, in db: Connection) throws
        -> StoredImageSettings
    {
        var stored = StoredImageSettings()
        stored.own = try ImageSettingsStore.settings(of: .user(user), in: db)
        stored.organisation = try ImageSettingsStore.settings(of: .organisation, in: db)
        switch template {
        case .inline(let template): stored.template = template
        case .named(let name): stored.template = try find(name, for: user, in: db)
        case nil: stored.template = try find(PromptTemplate.defaultName, for: user, in: db)
        }
        return stored
    }

    private static func find(_ name: String, for user: String, in db: Connection) throws -> PromptTemplate? {
        let found =
            try ImageSettingsStore.template(name, of: .user(user), in: db)
            ?? ImageSettingsStore.template(name, of: .organisation, in: db)
        if found == nil, name != PromptTemplate.defaultName {
            throw GatewayError(.unprocessable, "There is no template of that name.", param: "template")
        }
        return found?.template
    }
}

extension PromptTemplate {
    /// The template of requests that name none.
    static let defaultName = "default"
}
