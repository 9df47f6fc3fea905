import JSON

/// Signing in to the dashboard.
extension Endpoint {
    static let sessions: [Endpoint] = [
        Endpoint("GET /api/session", .users, "Who is calling")
            .answers(200, "The user, and the session when its cookie came.", .json(.ref("Session"))),
        Endpoint("POST /api/session", .users, "Sign in: begin a session for whoever the key stands for")
            .details(
                """
                The answer sets the cookie `\(Admission.cookie)` (HttpOnly, SameSite=Strict), which opens `/api/*` for 12 \
                hours, until its key or user is deleted or the gateway is restarted. Calls that change something need \
                the session's `csrf` as `\(Admission.csrfHeader)` too. A cookie never opens `/v1/*`, and begins no session.
                """
            )
            .answers(201, "The session.", .json(.ref("Session")), headers: ["set-cookie"])
            .refuses(429, "Ten wrong keys came from this address within a minute."),
        Endpoint("DELETE /api/session", .users, "Sign out: end the session")
            .details("It ends in any case, also where `storage_full` says that this could not be recorded.")
            .answers(204, "It has ended, and the cookie is taken.", .nothing, headers: ["set-cookie"])
            .refuses(404, "The call came with a key: there is no session to end."),
    ]
}
