import Crypto
import HTTP
import Loop

/// Who is let in: whoever shows a key, and on `/api/*` a browser that has signed in with one.
///
/// A cookie goes along with calls that somebody else's page makes the browser send. So it never counts on the SDKs'
/// routes, is bound to this site (`SameSite=Strict`), and a call that changes something must show what only a page of
/// this gateway can read. A key in the head goes before a cookie.
@NetLoop
final class Admission {
    struct Admitted {
        let caller: Caller
        /// nil when a key was shown.
        var session: SessionTable.Session?
    }

    nonisolated static let signIn = "/api/session"
    nonisolated static let cookie = "martlet_session"
    nonisolated static let csrfHeader = "x-martlet-csrf"
    /// Addresses whose wrong keys are remembered; further ones count together.
    private static let addresses = 4_096

    private let keys: KeyRegister
    private var sessions = SessionTable()
    private var wrongKeys = RateLimit(perMinute: 10)
    /// The present moment; a test sets another.
    var clock: @NetLoop () -> Moment = { .now }

    init(keys: KeyRegister) { self.keys = keys }

    /// The caller of a request, or an error in words that help.
    func admit(_ request: Request) throws(GatewayError) -> Admitted {
        if request.path == Self.signIn, request.method == "POST" { return try signsIn(request) }
        guard request.path.hasPrefix("/api/"), !KeyRegister.showsKey(request), let token = Self.token(in: request)
        else {
            return Admitted(caller: try keys.caller(of: request))
        }
        let session = try session(of: token)
        let changes = request.method != "GET" && request.method != "HEAD"
        if changes, !Self.shows(session.csrf, request) {
            throw GatewayError(
                .forbidden,
                "A call that changes something with a session's cookie needs the session's `\(Self.csrfHeader)`."
            )
        }
        guard let caller = keys.caller(keyID: session.keyID) else {
            sessions.end(session)
            throw Self.ended
        }
        return Admitted(caller: caller, session: session)
    }

    private func session(of token: String) throws(GatewayError) -> SessionTable.Session {
        guard let session = sessions.session(of: token, now: clock()) else { throw Self.ended }
        return session
    }

    private static func shows(_ csrf: String, _ request: Request) -> Bool {
        constantTimeEqual(Array((request.headers[csrfHeader] ?? "").utf8), Array(csrf.utf8))
    }

    private static let ended = GatewayError(.unauthorized, "The session has ended; sign in again.")

    // MARK: Sign-in

    /// A new session for whoever shows a key; a cookie is none. After too many wrong keys from an address none is
    /// looked at, so guessing gains nothing from being fast.
    private func signsIn(_ request: Request) throws(GatewayError) -> Admitted {
        let now = clock()
        let isKnown = wrongKeys.remembered < Self.addresses
        let address = isKnown ? request.remote.host : "others"
        if let wait = wrongKeys.wait(address, now: now) {
            var error = GatewayError(.rateLimited, "Too many wrong keys came from this address; wait a minute.")
            error.retryAfter = wait
            throw error
        }
        do throws(GatewayError) {
            return Admitted(caller: try keys.caller(of: request))
        } catch {
            if KeyRegister.showsKey(request) { _ = wrongKeys.take(address, now: now) }
            throw error
        }
    }

    func fresh(for caller: Caller) -> (token: String, session: SessionTable.Session) {
        SessionTable.fresh(keyID: caller.keyID, now: clock())
    }

    func start(_ session: SessionTable.Session) { sessions.start(session, now: clock()) }

    func end(_ session: SessionTable.Session) { sessions.end(session) }

    /// How long a session still lasts.
    func left(of session: SessionTable.Session) -> Duration { session.ends - clock() }

    // MARK: The cookie

    private static func token(in request: Request) -> String? {
        let start = "\(cookie)="
        for field in request.headers.all("cookie") {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                if pair.hasPrefix(start) { return String(pair.dropFirst(start.count)) }
            }
        }
        return nil
    }

    /// The header that has the browser keep a token; without one, forget it. Only this gateway's own routes see it.
    ///
    /// A proxy in front says that the browser came by https. It is believed when it speaks from this machine or a
    /// private network; whoever lies about it only keeps their own cookie from working.
    static func setCookie(_ token: String?, for request: Request) -> (String, String) {
        let age = token == nil ? 0 : SessionTable.lifetime.milliseconds / 1_000
        let cameByHTTPS =
            request.headers["x-forwarded-proto"]?.lowercased() == "https"
            && AddressPolicy.privateOnly.allows(request.remote)
        let secure = cameByHTTPS ? "; Secure" : ""
        return (
            "set-cookie", "\(cookie)=\(token ?? ""); Path=/api; Max-Age=\(age); HttpOnly; SameSite=Strict\(secure)"
        )
    }
}
