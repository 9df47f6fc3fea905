import HTTP
import JSON
import Loop
import Support
import Testing

@testable import Gateway

/// What a browser's cookie opens in a whole gateway, and what it doesn't.
@Suite(.timeLimit(.minutes(1)))
struct SessionTests {
    private let bench: GatewayBench

    init() async throws { bench = try await GatewayBench() }

    /// A user and a key of theirs.
    private func user(_ name: String, role: String = "user") async throws -> (id: String, keyID: String, key: String) {
        let body = #"{"name":"\#(name)","role":"\#(role)"}"#
        let id = try #require(try await bench.change("POST", "/api/admin/users", body)["id"]?.string)
        let key = try await bench.change("POST", "/api/admin/users/\(id)/keys")
        return (id, try #require(key["id"]?.string), try #require(key["key"]?.string))
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: String,
        _ headers: [(String, String)]
    ) async throws -> GatewayBench.Answer {
        try await bench.call(method, path, body, key: nil, headers: headers)
    }

    @NetLoop
    private func advance(_ duration: Duration) {
        let now = Moment.now + duration
        bench.gateway.admission.clock = { now }
    }

    // MARK: In and out

    @Test func theCookieIsForThisSiteAloneAndNoScriptReadsIt() async throws {
        let answer = try await bench.call("POST", "/api/session")
        let cookie = try #require(answer.headers["set-cookie"])
        let parts = cookie.split(separator: ";").map { $0.drop { $0 == " " } }
        #expect(parts[0].hasPrefix("martlet_session="))
        #expect(Set(parts.dropFirst()) == ["Path=/api", "Max-Age=43200", "HttpOnly", "SameSite=Strict"])
        #expect(answer.headers["cache-control"] == "no-store")
        #expect(answer.json["user"]?["role"]?.string == "admin" && answer.json["expires_at"]?.string != nil)
        await bench.stop()
    }

    @Test(arguments: [("https", true), ("http", false), ("HTTPS", true), ("https,http", false)])
    func theCookieIsSecureWhenAProxyOfOursSaysThatTheBrowserCameByHTTPS(_ scheme: String, _ secure: Bool) async throws {
        let answer = try await bench.call("POST", "/api/session", headers: [("x-forwarded-proto", scheme)])
        #expect(answer.headers["set-cookie"]?.hasSuffix("; Secure") == secure)
        await bench.stop()
    }

    @Test func whoIsSignedInIsWhoseKeyItWas() async throws {
        let bob = try await user("bob")
        let browser = try await bench.signIn(bob.key)
        let answer = try await send("GET", "/api/session", "", [("cookie", "other=1; \(browser.cookie)")])
        #expect(answer.status == 200 && answer.json["user"]?["id"]?.string == bob.id)
        #expect(answer.json["csrf"]?.string == browser.csrf)
        #expect(try await send("GET", "/api/admin/users", "", browser.headers).status == 403, "a user stays a user")
        let byKey = try await bench.call("GET", "/api/session", key: bob.key)
        #expect(byKey.status == 200 && byKey.json["csrf"] == .null, "a key has no session")
        await bench.stop()
    }

    @Test func signingOutEndsTheSessionAndTakesTheCookie() async throws {
        let browser = try await bench.signIn()
        let answer = try await send("DELETE", "/api/session", "", browser.headers)
        #expect(answer.status == 204 && answer.headers["set-cookie"]?.contains("martlet_session=;") == true)
        #expect(answer.headers["set-cookie"]?.contains("Max-Age=0") == true && answer.receipts.count == 1)
        #expect(try await send("GET", "/api/session", "", browser.headers).status == 401)
        #expect(try await bench.call("DELETE", "/api/session").status == 404, "a key can't sign out")
        await bench.stop()
    }

    @Test func aCookieBeginsNoSession() async throws {
        let browser = try await bench.signIn()
        #expect(try await send("POST", "/api/session", "", browser.headers).status == 401)
        await bench.stop()
    }

    // MARK: What it opens

    @Test(arguments: [
        ("GET", "/v1/models"), ("GET", "/models"), ("POST", "/v1/chat/completions"), ("POST", "/chat/completions"),
        ("POST", "/v1/messages"), ("POST", "/v1/images/generations"), ("POST", "/v1/embeddings"),
    ])
    func aCookieOpensNoneOfTheSDKsRoutes(_ method: String, _ path: String) async throws {
        let browser = try await bench.signIn()
        let answer = try await send(method, path, "{}", browser.headers)
        #expect(answer.status == 401)
        await bench.stop()
    }

    @Test(arguments: ["", "x", "sk-mt-bench-0123456789abcdef"])
    func whatChangesSomethingNeedsTheSessionsOwnWord(_ word: String) async throws {
        let browser = try await bench.signIn()
        let before = try await bench.state()
        for route in bench.routes where route.method != "GET" && route.path.hasPrefix("/api/") {
            if route.path == Admission.signIn, route.method == "POST" { continue }
            let headers = [("cookie", browser.cookie)] + (word.isEmpty ? [] : [("x-martlet-csrf", word)])
            let path = route.path.split(separator: "/").map { $0.hasPrefix("{") ? "/any" : "/\($0)" }.joined()
            let answer = try await send(route.method, path, "{}", headers)
            #expect(answer.status == 403, "\(route.method) \(route.path)")
            #expect(answer.json["code"]?.string == "permission_denied")
        }
        #expect(try await bench.state() == before)
        let made = try await send("POST", "/api/admin/users", #"{"name":"new"}"#, browser.headers)
        #expect(made.status == 201, "and goes with it")
        await bench.stop()
    }

    @Test func aSessionsWordIsNoOthers() async throws {
        let (one, other) = (try await bench.signIn(), try await bench.signIn())
        let headers = [("cookie", one.cookie), ("x-martlet-csrf", other.csrf)]
        #expect(try await send("POST", "/api/admin/users", #"{"name":"new"}"#, headers).status == 403)
        await bench.stop()
    }

    @Test func aKeyGoesBeforeACookie() async throws {
        let (bob, browser) = (try await user("bob"), try await bench.signIn())
        let answer = try await bench.call("GET", "/api/session", key: bob.key, headers: browser.headers)
        #expect(answer.json["user"]?["id"]?.string == bob.id)
        let wrong = try await bench.call("GET", "/api/session", key: "sk-mt-wrong", headers: browser.headers)
        #expect(wrong.status == 401)
        await bench.stop()
    }

    @Test func aPasswordForAProxyInFrontIsNoKey() async throws {
        let browser = try await bench.signIn()
        let headers = [("authorization", "Basic dXNlcjpwYXNz")] + browser.headers
        #expect(try await send("GET", "/api/session", "", headers).status == 200)
        await bench.stop()
    }

    @Test(arguments: ["martlet_session=", "martlet_session=unknown", "martlet_session", "other=x; ; =;"])
    func anUnknownSessionOpensNothing(_ cookie: String) async throws {
        #expect(try await send("GET", "/api/session", "", [("cookie", cookie)]).status == 401)
        #expect(try await send("GET", "/api/images/x/content", "", [("cookie", cookie)]).status == 401)
        await bench.stop()
    }

    @Test func aPictureOpensToItsOwnersSession() async throws {
        let browser = try await bench.signIn()
        #expect(try await send("GET", "/api/images/none/content", "", browser.headers).status == 404)
        await bench.stop()
    }

    // MARK: Ends

    @Test func aSessionEndsWhenItsTimeIsOver() async throws {
        let browser = try await bench.signIn()
        await advance(SessionTable.lifetime - .seconds(10))
        #expect(try await send("GET", "/api/session", "", browser.headers).status == 200)
        await advance(SessionTable.lifetime + .seconds(10))
        #expect(try await send("GET", "/api/session", "", browser.headers).status == 401)
        await bench.stop()
    }

    @Test func aSessionEndsWithItsKey() async throws {
        let bob = try await user("bob")
        let browser = try await bench.signIn(bob.key)
        _ = try await bench.change("DELETE", "/api/admin/users/\(bob.id)/keys/\(bob.keyID)")
        #expect(try await send("GET", "/api/session", "", browser.headers).status == 401)
        await bench.stop()
    }

    @Test func aSessionEndsWithItsUser() async throws {
        let bob = try await user("bob")
        let browser = try await bench.signIn(bob.key)
        _ = try await bench.change("DELETE", "/api/admin/users/\(bob.id)")
        #expect(try await send("GET", "/api/session", "", browser.headers).status == 401)
        await bench.stop()
    }

    // MARK: Guessing

    @Test func wrongKeysAreLookedAtSoOftenAMinute() async throws {
        for _ in 0..<10 {
            #expect(try await bench.call("POST", "/api/session", key: "sk-mt-wrong").status == 401)
        }
        let refused = try await bench.call("POST", "/api/session")
        #expect(refused.status == 429 && refused.headers["retry-after"] != nil, "the right one too")
        #expect(try await bench.call("GET", "/api/connectors").status == 200, "keys work as ever")
        await advance(.seconds(61))
        #expect(try await bench.call("POST", "/api/session").status == 201)
        await bench.stop()
    }

    @Test func rightKeysAndNoneDoNotCount() async throws {
        for _ in 0..<12 {
            #expect(try await bench.call("POST", "/api/session").status == 201)
            #expect(try await bench.call("POST", "/api/session", key: nil).status == 401)
        }
        await bench.stop()
    }

    // MARK: A trail that takes no more

    @Test func withAFullTrailNobodySignsInAndSigningOutStillEnds() async throws {
        let bench = try await GatewayBench(outboxLimit: 60)
        let browser = try await bench.signIn()
        try await bench.fillOutbox()
        let refused = try await bench.call("POST", "/api/session")
        #expect(refused.status == 503 && refused.headers["set-cookie"] == nil)
        #expect(try await bench.call("GET", "/api/session", key: nil, headers: browser.headers).status == 200)
        let out = try await bench.call("DELETE", "/api/session", key: nil, headers: browser.headers)
        #expect(out.status == 503 && out.headers["set-cookie"]?.contains("Max-Age=0") == true)
        #expect(try await bench.call("GET", "/api/session", key: nil, headers: browser.headers).status == 401)
        await bench.stop()
        await self.bench.stop()
    }
}
