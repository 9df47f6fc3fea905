import Wire

/// Which connectors there are, from the gateway's snapshots and changes: a machine.
///
/// A change counts only on top of the revision before it. After a gap nothing does until a new snapshot is whole, and
/// the gap is told once. Snapshots come in parts of one revision; one that another revision overtakes is dropped.
struct Roster {
    /// What a message comes to.
    enum Update: Equatable {
        /// The whole list.
        case replace([ConnectorItem])
        /// Some are new or other, some gone.
        case change([ConnectorItem], removed: [String])
        /// A change is missing: the gateway has to tell all again.
        case gap
    }

    private struct Collection {
        var revision: UInt64
        var parts: Int
        var items: [Int: [ConnectorItem]] = [:]
    }

    /// Parts of a snapshot at most, of up to 4,096 connectors each.
    private static let mostParts = 64

    /// The revision of what is known; nil until a snapshot is whole, and after a gap.
    private(set) var revision: UInt64?
    private var collection: Collection?

    /// A new session: what comes next starts from nothing.
    mutating func begin() {
        revision = nil
        collection = nil
    }

    mutating func take(_ snapshot: ConnectorSnapshot) -> Update? {
        guard (1...Self.mostParts).contains(snapshot.parts), (1...snapshot.parts).contains(snapshot.part) else {
            return nil
        }
        if let revision, snapshot.revision < revision { return nil }
        var open = collection ?? Collection(revision: snapshot.revision, parts: snapshot.parts)
        if open.revision != snapshot.revision || open.parts != snapshot.parts {
            guard snapshot.revision >= open.revision else { return nil }
            open = Collection(revision: snapshot.revision, parts: snapshot.parts)
        }
        open.items[snapshot.part] = snapshot.connectors
        guard open.items.count == open.parts else {
            collection = open
            return nil
        }
        collection = nil
        revision = open.revision
        return .replace(open.items.sorted { $0.key < $1.key }.flatMap(\.value))
    }

    mutating func take(_ change: ConnectorChanged) -> Update? {
        // Without a list there is nothing to change: the snapshot that is under way is younger than this, or the next
        // change shows the gap.
        guard let known = revision, change.revision > known else { return nil }
        guard change.revision == known + 1 else {
            revision = nil
            return .gap
        }
        revision = change.revision
        return .change(change.connectors, removed: change.removed)
    }
}
