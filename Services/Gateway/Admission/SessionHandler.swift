import HTTP
import JSON
import Loop
import SQLite
import Telemetry

/// `/api/session`: signing in to the dashboard with a key, and out again.
///
/// Both are on record. While the audit trail takes no more, nobody signs in (a key works all the same, and so do the
/// sessions that are); signing out always ends the session, and the answer says when that isn't on record.
@NetLoop
final class SessionHandler {
    private let admission: Admission
    private let commit: GroupCommit
    private let audit: AuditTrail

    init(admission: Admission, commit: GroupCommit, audit: AuditTrail) {
        self.admission = admission
        self.commit = commit
        self.audit = audit
    }

    /// `GET /api/session`: who is calling, by key or session.
    func show(_ call: Call) async throws {
        call.answer(headers: [("cache-control", "no-store")]) { write(call.caller, call.session, &$0) }
    }

    /// `POST /api/session`
    func start(_ call: Call) async throws {
        let (token, session) = admission.fresh(for: call.caller)
        try await record("session.started", session, call)
        admission.start(session)
        let headers = [("cache-control", "no-store"), Admission.setCookie(token, for: call.request)]
        call.answer(201, headers: headers) { write(call.caller, session, &$0) }
    }

    /// `DELETE /api/session`
    func end(_ call: Call) async throws {
        guard let session = call.session else {
            throw GatewayError(.notFound, "This call came with a key; there is no session to end.")
        }
        admission.end(session)
        let cookie = Admission.setCookie(nil, for: call.request)
        call.exchange.moreHeaders = { _ in [cookie] }
        do {
            try await record("session.ended", session, call)
        } catch {
            var failure = GatewayError(anything: error)
            if failure.code == .storageFull { failure.message = "You are signed out, but that could not be recorded." }
            throw failure
        }
        call.exchange.respond(204)
    }

    private func record(_ event: String, _ session: SessionTable.Session, _ call: Call) async throws {
        let actor = call.actor
        let subject = AuditTrail.Subject(type: "session", id: session.id, name: call.caller.userName)
        try await commit.write(by: actor) { [audit] db in
            _ = try audit.record(event, by: actor, on: subject, notes: "key \(session.keyID)", in: db)
        }
    }

    private func write(_ caller: Caller, _ session: SessionTable.Session?, _ writer: inout JSONWriter) {
        writer.field(
            "user",
            object: { writer in
                writer.field("id", caller.userID)
                writer.field("name", caller.userName)
                writer.field("role", caller.role.rawValue)
            }
        )
        writer.field("csrf", session?.csrf)
        let ends = session.map { wallClockMicroseconds() + admission.left(of: $0).nanoseconds / 1_000 }
        writer.field("expires_at", ends.map(Timestamp.text(microseconds:)))
    }
}
