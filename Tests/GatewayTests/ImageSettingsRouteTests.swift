import JSON
import SQLite
import Testing
import Wire

@testable import Gateway

/// Settings and templates over HTTP, and what jobs make of them; no worker is there.
@Suite(.timeLimit(.minutes(1)))
struct ImageSettingsRouteTests {
    private static let settings = "/api/images/settings"
    private static let templates = "/api/images/templates"

    private func user(_ name: String, on bench: GatewayBench) async throws -> String {
        let id = try await bench.change("POST", "/api/admin/users", #"{"name":"\#(name)"}"#)["id"]?.string ?? ""
        return try await bench.change("POST", "/api/admin/users/\(id)/keys")["key"]?.string ?? ""
    }

    /// The specs of a job's images, as they are stored.
    private func specs(_ answer: GatewayBench.Answer, on bench: GatewayBench) async throws -> [ImageSpec] {
        let job = try #require(answer.json["job_id"]?.string, "\(answer.json)")
        return try await bench.store.commit.read { db in
            try db.query("SELECT spec FROM images WHERE job = ? ORDER BY position", job) { row in
                try ImageSpec(stored: row.blob(0))
            }
        }
    }

    @Test func theEffectiveSettingsAreOnesOwnOverTheOrganisationsOverTheBuiltInOnes() async throws {
        let bench = try await GatewayBench()
        let ada = try await user("ada", on: bench)
        let builtIn = try await bench.call("GET", Self.settings, key: ada).json
        #expect(builtIn["image_format"]?.string == "webp" && builtIn["desktop_enabled"]?.bool == true)
        #expect(builtIn["provider"]?.isNull == true && builtIn["max_in_article_images"]?.isNull == true)
        let house = #"{"image_type":"realistic","image_format":"png","provider":"openai_apikey"}"#
        let refused = try await bench.call("PUT", "\(Self.settings)?scope=organisation", house, key: ada)
        #expect(refused.status == 403)
        try await bench.change("PUT", "\(Self.settings)?scope=organisation", house)
        let own = try await bench.change(
            "PUT",
            Self.settings,
            #"{"image_type":"cartoon","sizes":{"mobile":"512x768"}}"#,
            key: ada
        )
        #expect(own["image_type"]?.string == "cartoon" && own["image_format"]?.string == "png")
        #expect(own["sizes"]?["mobile"]?.string == "512x768" && own["provider"]?.string == "openai_apikey")
        let stored = try await bench.call("GET", "\(Self.settings)?scope=user", key: ada).json
        #expect(stored["image_type"]?.string == "cartoon" && stored["image_format"]?.isNull == true)
        #expect(try await bench.call("GET", Self.settings).json["image_type"]?.string == "realistic")
        try await bench.change("PUT", Self.settings, #"{"image_format":"jpg"}"#, key: ada)
        let after = try await bench.call("GET", Self.settings, key: ada).json
        #expect(after["image_type"]?.string == "realistic" && after["sizes"]?.object?.isEmpty == true, "it replaces")
        let notes = try await bench.events().filter { $0.text("event_type") == "image_settings.changed" }
            .map { $0.text("notes") }
        #expect(
            notes == [
                "provider, image_type, image_format", "image_type, sizes", "image_type, image_format, sizes",
            ]
        )
        await bench.stop()
    }

    @Test func anUnknownProviderOrModelIsRefusedBeforeAnythingStarts() async throws {
        let bench = try await GatewayBench()
        let ada = try await user("ada", on: bench)
        for (body, param) in [
            (#"{"provider":"con_nowhere"}"#, "provider"), (#"{"provider":"anthropic_apikey"}"#, "provider"),
            (#"{"provider":"openai_apikey","model":"claude-sonnet-4-5"}"#, "model"), (#"{"colour":"red"}"#, "colour"),
            (#"{"image_format":"gif"}"#, "image_format"),
        ] {
            let own = try await bench.call("PUT", Self.settings, body, key: ada)
            #expect(own.status == 422 && own.json["details"]?["param"]?.string == param, "\(body): \(own.json)")
            let job = #"{"images":[{"prompt":"a"}],"settings":\#(body)}"#
            let refused = try await bench.call("POST", "/api/images/jobs", job, key: ada)
            let name = refused.json["details"]?["param"]?.string
            #expect(refused.status == 422 && name == "settings.\(param)", "\(body): \(refused.json)")
        }
        #expect(try await bench.call("GET", "/api/images/jobs", key: ada).json["items"]?.array?.isEmpty == true)
        let scope = try await bench.call("GET", "\(Self.settings)?scope=galaxy", key: ada)
        #expect(scope.status == 422)
        #expect(try await bench.call("DELETE", Self.settings, key: ada).status == 405)
        await bench.stop()
    }

    @Test func templatesAreFoundInTheRequestThenWithTheUserThenWithTheOrganisation() async throws {
        let bench = try await GatewayBench()
        let ada = try await user("ada", on: bench)
        #expect(try await bench.call("GET", "\(Self.templates)/default", key: ada).json["scope"]?.string == "built_in")
        let house = #"{"text":"house {image_prompt}","negative_prompt":"fog"}"#
        #expect(try await bench.call("PUT", "\(Self.templates)/x?scope=organisation", house, key: ada).status == 403)
        try await bench.change("PUT", "\(Self.templates)/default?scope=organisation", house)
        try await bench.change("PUT", "\(Self.templates)/content", #"{"text":"own {image_prompt}"}"#, key: ada)
        #expect(try await bench.call("GET", "\(Self.templates)/content", key: ada).json["scope"]?.string == "user")
        let list = try await bench.call("GET", Self.templates, key: ada).json["items"]?.array ?? []
        #expect(list.map { $0["name"]?.string } == ["content", "default"])
        func prompts(_ template: String) async throws -> [String] {
            let body = #"{"images":[{"prompt":"P","title":"T"}],"model":"gpt-image-1"\#(template)}"#
            let specs = try await specs(bench.call("POST", "/api/images/jobs", body, key: ada), on: bench)
            return specs.map { $0.prompt + ($0.negativePrompt.map { " not " + $0 } ?? "") }
        }
        #expect(try await prompts("") == ["house P not fog"])
        #expect(try await prompts(#","template":"content""#) == ["own P"])
        #expect(try await prompts(#","template":{"text":"{post_title} {image_prompt}"}"#) == ["T P"])
        try await bench.change("PUT", "\(Self.templates)/default", #"{"text":"mine {image_prompt}"}"#, key: ada)
        #expect(try await prompts("") == ["mine P"])
        try await bench.change("DELETE", "\(Self.templates)/default", key: ada)
        #expect(try await prompts("") == ["house P not fog"])
        let unknown = #"{"images":[{"prompt":"P"}],"template":"nowhere"}"#
        let refused = try await bench.call("POST", "/api/images/jobs", unknown, key: ada)
        #expect(refused.status == 422 && refused.json["details"]?["param"]?.string == "template")
        #expect(try await bench.call("DELETE", "\(Self.templates)/nowhere", key: ada).status == 404)
        #expect(try await bench.call("GET", "\(Self.templates)/nowhere", key: ada).status == 404)
        #expect(
            try await bench.call("GET", "\(Self.templates)/content").status == 404,
            "another's template isn't there"
        )
        await bench.stop()
    }

    @Test func templatesAreBoundedInNumberSizeAndName() async throws {
        let bench = try await GatewayBench()
        let body = #"{"text":"{image_prompt}"}"#
        for name in ["a%20b", "%7Bx%7D", String(repeating: "n", count: 65)] {
            #expect(try await bench.call("PUT", "\(Self.templates)/\(name)", body).status == 422, "\(name)")
        }
        for text in ["", "{title}", String(repeating: "x", count: PromptTemplate.textLimit + 1)] {
            let answer = try await bench.call("PUT", "\(Self.templates)/x", #"{"text":"\#(text)"}"#)
            #expect(answer.status == 422 && answer.json["details"]?["param"]?.string == "text", "\(text.prefix(20))")
        }
        for number in 1...ImageSettingsStore.templateLimit {
            try await bench.change("PUT", "\(Self.templates)/t\(number)", body)
        }
        #expect(try await bench.call("PUT", "\(Self.templates)/more", body).status == 409)
        #expect(
            try await bench.call("PUT", "\(Self.templates)/t7", body).status == 200,
            "one that is there is replaced"
        )
        await bench.stop()
    }

    @Test func aJobTellsWhatItSkippedAndMakesTheRestAsItsSettingsSay() async throws {
        let bench = try await GatewayBench()
        let ada = try await user("ada", on: bench)
        let stored = """
            {"model":"gpt-image-1","image_type":"cartoon","image_format":"jpg","max_in_article_images":1,
            "mobile_enabled":false,"sizes":{"desktop":"1536x1024"}}
            """
        try await bench.change("PUT", Self.settings, stored, key: ada)
        let body = """
            {"images":[{"prompt":"a"},{"prompt":"b"},{"title":"t"},{"prompt":"c","kind":"mobile"},
            {"prompt":"d","kind":"desktop"}],"settings":{"image_format":"png"}}
            """
        let answer = try await bench.call("POST", "/api/images/jobs", body, key: ada)
        #expect(answer.json["message"]?.string == "2 images accepted, 3 skipped.")
        let specs = try await specs(answer, on: bench)
        #expect(specs.map(\.prompt) == ["a\n\nStyle: cartoon", "d\n\nStyle: cartoon"])
        #expect(specs.map(\.size) == [nil, "1536x1024"])
        #expect(specs.allSatisfy { $0.model == "gpt-image-1" && $0.format == .png && $0.imageType == "cartoon" })
        let state = try await bench.call("GET", answer.json["status_url"]?.string ?? "", key: ada).json
        #expect(state["skipped"]?.int == 3)
        let warnings = state["warnings"]?.array ?? []
        #expect(
            warnings.map { $0["code"]?.string } == ["too_many_in_article", "no_prompt", "kind_disabled"]
        )
        #expect(warnings.map { $0["requested_index"]?.int } == [1, 2, 3])
        #expect(state["images"]?.array?.map { $0["kind"]?.string } == ["in_article", "desktop"])
        await bench.stop()
    }

    @Test func theOrganisationsAreKeptAndAUsersGoWithThem() async throws {
        let bench = try await GatewayBench()
        let made = try await bench.change("POST", "/api/admin/users", #"{"name":"ada"}"#)
        let id = made["id"]?.string ?? ""
        let key = try await bench.change("POST", "/api/admin/users/\(id)/keys")["key"]?.string ?? ""
        for (scope, key) in [("", key), ("?scope=organisation", GatewayBench.adminKey)] {
            try await bench.change("PUT", Self.settings + scope, #"{"image_type":"cartoon"}"#, key: key)
            try await bench.change("PUT", "\(Self.templates)/x\(scope)", #"{"text":"{image_prompt}"}"#, key: key)
        }
        try await bench.change("DELETE", "/api/admin/users/\(id)")
        let counts = try await bench.store.commit.read { db in
            [try db.int("SELECT count(*) FROM image_settings"), try db.int("SELECT count(*) FROM image_templates")]
        }
        #expect(counts == [1, 1])
        await bench.stop()
    }

    @Test func thePinOfARequestsFeatureGoesBeforeTheProviderThatIsStored() async throws {
        let bench = try await GatewayBench()
        let body = #""connector_type":"openai_apikey","api_key":"sk-0123456789abcdef0123"}"#
        var ids: [String] = []
        for name in ["stored", "pinned"] {
            let made = try await bench.change("POST", "/api/connectors", #"{"display_name":"\#(name)","# + body)
            ids.append(made["id"]?.string ?? "")
        }
        try await bench.change("PUT", Self.settings, #"{"provider":"stored","model":"gpt-image-1"}"#)
        let pin = #"{"feature":"posters","connector_id":"\#(ids[1])"}"#
        try await bench.change("POST", "/api/feature-preferences", pin)
        func connector(_ headers: [(String, String)], _ settings: String = "{}") async throws -> String? {
            let job = #"{"images":[{"prompt":"a"}],"settings":\#(settings)}"#
            let id = try await bench.call("POST", "/api/images/jobs", job, headers: headers).json["job_id"]?.string
            return try await bench.store.commit.read { db in
                try db.text("SELECT connector FROM image_jobs WHERE id = ?", id)
            }
        }
        #expect(try await connector([]) == ids[0])
        #expect(try await connector([("x-martlet-feature", "posters")]) == ids[1])
        #expect(try await connector([("x-martlet-feature", "posters")], #"{"provider":"stored"}"#) == ids[0])
        await bench.stop()
    }
}
