import Crypto
import Loop
import Providers
import SQLite
import Service
import Telemetry

/// What a gateway with an empty store makes for itself: an admin with a key, and the organisation's connectors from
/// the provider keys in the environment.
struct FirstStart: Sendable {
    let settings: Settings
    let store: Store

    /// Makes the admin. The key is the operator's, or a fresh one in `<data>/admin.key` (mode 0600).
    func makeAdmin() async throws {
        let isEmpty = try await store.commit.read { try UserStore.users(in: $0).isEmpty }
        guard isEmpty else { return }
        let user = UserStore.User(
            id: Identifier.make("usr"),
            name: "admin",
            role: .admin,
            email: nil,
            createdAt: wallClockMicroseconds()
        )
        let given = settings.adminKey?.reveal()
        let key = UserStore.freshKey(named: "first", secret: given)
        if given == nil { try SecretFile.replace(settings.data + "/admin.key", Array((key.secret + "\n").utf8)) }
        try await store.commit.write { [audit = store.audit] db in
            try UserStore.insert(user, in: db)
            try UserStore.insert(key, of: user.id, in: db)
            try audit.record(
                "user.created",
                by: "operator",
                on: .init(type: "user", id: user.id, name: "admin"),
                in: db
            )
            try audit.record("key.created", by: "operator", on: .init(type: "key", id: key.id, name: key.name), in: db)
        }
        Log.info("admin made", ["key": given == nil ? "written to admin.key" : "given by the operator"])
    }

    /// A connector of the organisation's for each provider key in the environment, when the store has none yet.
    func organisationConnectors(existing: [Connector]) -> [Connector] {
        guard !existing.contains(where: { $0.owner == .organisation }) else { return [] }
        let types = Registry.standard.types.filter { settings.providerKeys[$0] != nil }
        return types.enumerated().compactMap { index, type in
            guard let key = settings.providerKeys[type] else { return nil }
            var connector = Connector(
                id: Identifier.make("con"),
                owner: .organisation,
                displayName: type.split(separator: "_").first.map(String.init) ?? type,
                config: ConnectorConfig(type: type, credentials: ["api_key": key.reveal()]),
                createdAt: wallClockMicroseconds()
            )
            connector.isDefault = index == 0
            connector.imageConcurrency = 4
            return connector
        }
    }
}
