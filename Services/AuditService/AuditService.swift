import Bus
import Crypto
import Loop
import SQLite
import Service
import Telemetry
import Wire

/// The service as `Launch` runs it: its file, its socket, and the order in which they come and go.
struct AuditService: Running {
    let auditor: Auditor
    let store: GroupCommit
    let life: Life
    let ready: [(name: String, value: String)]

    /// Opens the file, proves the gate closed and listens.
    static func start(_ context: LaunchContext) async throws -> any Running {
        let data = context.settings.data
        try DataFolder.lock(data, "audit-service")
        let signing = try SigningKey.load(file: data + "/audit-signing.key")
        try SecretFile.replace(data + "/audit-signing.pub", Array((Hex.encode(signing.verifyKey.bytes) + "\n").utf8))
        let store = try await AuditStore.open(data + "/audit.db")
        let keys = try context.loadKeys(of: .auditService)
        let tap = await context.tapPoint(keys)
        try await tap.start()
        let server = await Server(
            name: "audit",
            address: context.settings.audit,
            keys: keys,
            source: context.identity.source,
            admits: [.gateway, .imageWorker, .healthMonitor, .operator],
            tap: tap
        )
        let trail = AuditStore(store: store, signing: signing)
        let life = Life(context.identity)
        try await trail.begin(life)
        let auditor = await Auditor(server, trail)
        try await auditor.start()
        Log.info("signing checkpoints", ["key": Hex.encode(signing.verifyKey.bytes)])
        return AuditService(auditor: auditor, store: store, life: life, ready: [("audit", await server.address)])
    }

    var shortcomings: [String] { get async { await auditor.complaint.map { [$0] } ?? [] } }

    func drain(within limit: Duration) async {
        await auditor.drain(within: limit)
        await auditor.end(life)
    }

    func stop() async {
        await auditor.stop()
        // The WAL's content moves into the file, which then can be copied alone.
        _ = try? await store.read { try $0.checkpoint() }
    }
}
