import Crypto
import Loop

/// Who is signed in to the dashboard: bounded, and in memory alone, so that a restart signs everybody out.
///
/// A session stands for the key that began it, by the key's id: it ends with that key. It is found by the hash of its
/// token, so the table holds nothing that opens anything.
struct SessionTable {
    struct Session: Sendable {
        /// As the audit trail names it.
        let id: String
        let keyID: String
        /// What a call that changes something must show besides the cookie.
        let csrf: String
        let ends: Moment
        fileprivate let tokenHash: [UInt8]
    }

    static let lifetime = Duration.seconds(12 * 3_600)
    /// Sessions of one key; its oldest gives way to another.
    static let perKey = 16
    /// Sessions in all; the oldest gives way.
    static let limit = 1_024

    private var sessions: [[UInt8]: Session] = [:]

    var count: Int { sessions.count }

    /// A session that isn't in the table yet, and the token that will find it.
    static func fresh(keyID: String, now: Moment) -> (token: String, session: Session) {
        let token = Random.token(byteCount: 32)
        let session = Session(
            id: Identifier.make("ses"),
            keyID: keyID,
            csrf: Random.token(byteCount: 24),
            ends: now + lifetime,
            tokenHash: Digest.sha256(token)
        )
        return (token, session)
    }

    mutating func start(_ session: Session, now: Moment) {
        sessions = sessions.filter { $0.value.ends > now }
        makeRoom(in: sessions.values.filter { $0.keyID == session.keyID }, for: Self.perKey)
        makeRoom(in: Array(sessions.values), for: Self.limit)
        sessions[session.tokenHash] = session
    }

    private mutating func makeRoom(in some: [Session], for limit: Int) {
        for old in some.sorted(by: { $0.ends < $1.ends }).prefix(max(0, some.count - limit + 1)) { end(old) }
    }

    func session(of token: String, now: Moment) -> Session? {
        guard token.utf8.count <= 64, let found = sessions[Digest.sha256(token)], found.ends > now else { return nil }
        return found
    }

    mutating func end(_ session: Session) { sessions[session.tokenHash] = nil }
}
