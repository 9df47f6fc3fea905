public import Bus
import Telemetry
public import Wire

/// The outbox of a service that has no database of its own, with its link to the audit service.
///
/// `<data>/outbox` holds a file for each process that ran at the same time, and each is locked by the one that uses it.
/// Whoever starts takes the first that is free: so a replica's successor ships what it left, under whatever name it
/// comes, and its end is on record too (``Life``).
@BusLoop
public final class OwnOutbox {
    /// Where events go; any loop.
    public nonisolated let outbox: Outbox
    private let life: Life
    private let link: Link
    private let shipper: OutboxShipper

    /// More replicas than this don't share a folder.
    private nonisolated static let limit = 256

    private init(_ outbox: Outbox, _ life: Life, _ link: Link, _ shipper: OutboxShipper) {
        self.outbox = outbox
        self.life = life
        self.link = link
        self.shipper = shipper
    }

    /// Opens a file, records this start in it and begins to ship.
    ///
    /// Errors: ``LaunchError`` when the folder can't be used, `SQLiteError` of the file, `BusError` of the link.
    public static func open(_ context: LaunchContext, role: Role, keys: KeyRing, tap: TapPoint) async throws
        -> OwnOutbox
    {
        let outbox = try await Outbox.spool(file: try claim(context.settings.data + "/outbox"))
        let life = Life(context.identity)
        let link = Link(
            name: "audit",
            to: context.settings.audit,
            serverRole: .auditService,
            keys: keys,
            source: context.identity.source,
            tap: tap,
            hello: { context.identity.hello(role) }
        )
        let shipper = try await outbox.ship(over: link)
        try await outbox.begin(life)
        try link.start()
        return OwnOutbox(outbox, life, link, shipper)
    }

    /// The path of the first file that no living process uses, locked for this one.
    nonisolated static func claim(_ folder: String) throws(LaunchError) -> String {
        for number in 0..<limit {
            if try DataFolder.claim(folder, String(number)) { return "\(folder)/\(number).db" }
        }
        throw .configuration("\(limit) processes use \(folder)")
    }

    /// Records the stop, and gives the audit service up to two seconds to take what waits; the rest stays in the file.
    public func close() async {
        await outbox.end(life)
        _ = await shipper.flush(within: .seconds(2))
        link.close()
    }
}
