import Foundation
import JSON
import Support
import Testing

extension Clusters {
    /// Words planted wherever secrets and users' words go in, and looked for in all that a cluster leaves: databases,
    /// logs at their most talkative, recordings, exports, metrics and error answers.
    @Suite(.timeLimit(.minutes(4)))
    struct CanaryTests {
        /// Where users' words of image jobs lie by design, until the job is done and for its repeated submission.
        private static let jobs = ["/gateway.db"]
        /// The provider itself hears prompts and keys; the simulator stands for it.
        private static let simulator = "provider-sim.log"

        private static let openAIKey = Canary("an API key", #"sk-cnry+Q7/%4a&"openai"9"#)
        private static let awsSecret = Canary("a secret access key", #"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"#)
        private static let azureKey = Canary("an Azure key", "cnryazure0123456789abcdef")
        private static let compatibleKey = Canary("a compatible server's key", "sk-cnry-compatible-77aa")
        private static let adminKey = Canary("the admin's key", "sk-mt-cnryadmin0123456789abcdefghijklmnop")
        private static let password = Canary("the mail server's password", "cnrySmtpPassword4711")
        private static let chatPrompt = Canary("a chat prompt", "cnry chat prompt: a tern, 12% grey")
        private static let answer = Canary("an answer", "cnry-answer-a-tern-is-not-a-gull")
        private static let imagePrompt = Canary("an image prompt", "cnry image prompt a skua & a sail", in: jobs)
        private static let negative = Canary("a negative prompt", "cnry negative no fog", in: jobs)
        private static let template = Canary("a template", "cnry template: painted by hand", in: jobs)
        private static let title = Canary("a title", "cnry title of a picture", in: jobs)
        private static let repeatKey = Canary("an Idempotency-Key", "cnry-idempotency-key-5150", in: jobs)
        private static let address = Canary("a base URL's path", "cnry-path-of-a-tenant", in: jobs)
        /// Not a name: a provider's short names of codes and parameters are told on purpose.
        private static let indiscretion = Canary("a provider's words", "cnry provider said: upstream/secret")

        private static let all = [
            openAIKey, awsSecret, azureKey, compatibleKey, adminKey, password, chatPrompt, answer, imagePrompt,
            negative, template, title, repeatKey, address, indiscretion,
        ]

        @Test func noSecretAndNoWordOfAUserIsWhereItDoesNotBelong() async throws {
            let mailbox = try Mailbox()
            let provider = IndiscreetProvider(answer: Self.answer.value, indiscretion: Self.indiscretion.value)
            let provided = try await provider.start()
            let smtp = mailbox.url.replacing("smtp://", with: "smtp://martlet:\(Self.password.value)@")
            let rig = try await Rig(
                workers: 1,
                environment: [
                    "MARTLET_LOG": "debug", "MARTLET_SMTP_URL": smtp, "MARTLET_ADMIN_KEY": Self.adminKey.value,
                ]
            )
            let taps = try await watch(rig)
            let user = try await user(rig)
            var said = try await connectors(rig, at: provided + "/" + Self.address.value + "/v1")
            said += try await chats(rig)
            said += try await images(rig)
            said += try await checks(rig)
            await provider.refuseKeys()
            said += try await checks(rig)
            try await export(rig, userKey: user)
            for tap in taps {
                tap.signal(SIGINT)
                try await tap.gone(within: .seconds(10))
                #expect(tap.exitStatus == 0, "\(tap.output.suffix(300))")
            }
            try await rig.stop()
            await provider.stop()
            said += mailbox.letters.map(\.text)
            try expectNone(of: Self.all + [Canary("a user's key", user)], rig, said)
        }

        // MARK: Planting

        /// A follower of everything and a recording, both with payloads.
        private func watch(_ rig: Rig) async throws -> [RigService] {
            let recording = rig.folder.file("recording.mtl1")
            let views = [["--payload", "--both", "-o", "json"], ["record", recording, "--payload"], ["--payload"]]
            var taps: [RigService] = []
            for view in views { taps.append(try await rig.launch("tap", view)) }
            for tap in taps { try await eventually("a tap watches") { tap.output.contains("subscribed") } }
            return taps
        }

        private func user(_ rig: Rig) async throws -> String {
            let made = try await rig.call("POST", "/api/admin/users", #"{"name":"ada","email":"ada@example.org"}"#)
            let id = try #require(made.json["id"]?.string, "\(made.text)")
            let key = try await rig.call("POST", "/api/admin/users/\(id)/keys").json["key"]?.string ?? ""
            let own = [("authorization", "Bearer \(key)")]
            #expect(try await Calls.call("GET", rig.url + "/v1/models", "", headers: own).status == 200)
            let wrong = [("authorization", "Bearer \(key)x")]
            #expect(try await Calls.call("GET", rig.url + "/v1/models", "", headers: wrong).status == 401)
            return key
        }

        private func connectors(_ rig: Rig, at address: String) async throws -> [String] {
            let all: [(name: String, type: String, fields: [(String, String)])] = [
                ("one", "openai_apikey", [("api_key", Self.openAIKey.value)]),
                (
                    "three", "azure_openai",
                    [
                        ("api_key", Self.azureKey.value), ("azure_resource_name", "tides"),
                        ("azure_deployment_name", "gpt-5-mini"), ("azure_api_version", "v1"),
                    ]
                ),
                (
                    "two", "bedrock",
                    [
                        ("aws_access_key_id", "AKIA0123456789ABCDEF"), ("aws_secret_access_key", Self.awsSecret.value),
                        ("aws_region", "us-east-1"), ("aws_model_id", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
                    ]
                ),
                ("four", "openai_compatible", [("base_url", address), ("api_key", Self.compatibleKey.value)]),
            ]
            var said: [String] = []
            for (name, type, fields) in all {
                let members = [("display_name", name), ("connector_type", type)] + fields
                let body = object(members).written
                let answer = try await rig.call("POST", "/api/connectors", body)
                #expect(answer.status == 201, "\(name): \(answer.text)")
                if name != "four" { said.append(answer.text) }
                // A wrong field next to a secret: the complaint must not repeat it.
                let wrong = object(members + [("no_such_field", "x")]).written
                said.append(try await rig.call("POST", "/api/connectors", wrong).text)
            }
            return said
        }

        private func object(_ members: [(String, String)]) -> JSONValue {
            .object(members.map { JSONField($0.0, .string($0.1)) })
        }

        /// Every connector in both dialects, whole and streamed, and every way to fail.
        private func chats(_ rig: Rig) async throws -> [String] {
            let message = #""messages":[{"role":"user","content":"\#(Self.chatPrompt.value)"}]"#
            var said: [String] = []
            for path in ["/v1/chat/completions", "/v1/messages"] {
                for stream in [false, true] {
                    for model in ["one/sim-fast", "two/sim-fast", "three/sim-fast", "four/gpt-answer"] {
                        let body = #"{"model":"\#(model)","max_tokens":64,"stream":\#(stream),\#(message)}"#
                        let answer = try await rig.call("POST", path, body)
                        #expect(answer.status == 200, "\(path) \(model): \(answer.text)")
                        said.append(
                            answer.text.replacing(Self.answer.value, with: "").replacing(
                                Self.chatPrompt.value,
                                with: ""
                            )
                        )
                    }
                    for model in [
                        "four/gpt-400", "four/gpt-401", "four/gpt-403", "four/gpt-404", "four/gpt-429", "four/gpt-500",
                        "four/gpt-malformed", "four/gpt-page", "one/sim-error-401", "one/sim-cut", "nowhere/at-all",
                    ] {
                        let body = #"{"model":"\#(model)","max_tokens":64,"stream":\#(stream),\#(message)}"#
                        said.append(try await rig.call("POST", path, body).text)
                    }
                }
            }
            return said + [try await rig.call("POST", "/v1/chat/completions", message).text]
        }

        private func images(_ rig: Rig) async throws -> [String] {
            let text = #"{"text":"\#(Self.template.value) {image_prompt}","negative_prompt":"\#(Self.negative.value)"}"#
            #expect(try await rig.call("PUT", "/api/images/templates/default", text).status == 200)
            let wrong = #"{"text":"\#(Self.template.value) {no_such_word}"}"#
            let refused = try await rig.call("PUT", "/api/images/templates/wrong", wrong)
            #expect(refused.status == 422)
            let image = #"{"prompt":"\#(Self.imagePrompt.value)","title":"\#(Self.title.value)"}"#
            for (settings, size) in [
                (#""connector":"one","model":"sim-fast""#, 2), (#""connector":"four","model":"gpt-400""#, 1),
            ] {
                let list = [String](repeating: image, count: size).joined(separator: ",")
                let body = #"{\#(settings),"negative_prompt":"\#(Self.negative.value)","images":[\#(list)]}"#
                let headers = [("idempotency-key", "\(Self.repeatKey.value) \(size)")]
                let answer = try await rig.call("POST", "/api/images/jobs", body, headers: headers)
                let batch = try Batch(accepted: answer, size: size, named: "canaries")
                try await batch.wait(on: rig, "with canaries")
                if size == 1 {
                    let state = try await rig.call("GET", "/api/images/jobs/\(batch.job)").json["images"]?[0]?["error"]
                    #expect(state?["code"]?.string != nil)
                }
            }
            let one = #"{"model":"four/gpt-500","prompt":"\#(Self.imagePrompt.value)"}"#
            return [refused.text, try await rig.call("POST", "/v1/images/generations", one).text]
        }

        private func checks(_ rig: Rig) async throws -> [String] {
            let connectors = try await rig.call("GET", "/api/connectors").json["items"]?.array ?? []
            var said: [String] = []
            for id in connectors.compactMap({ $0["id"]?.string }) {
                said.append(try await rig.call("POST", "/api/connectors/\(id)/test").text)
                said.append(try await rig.call("GET", "/api/connectors/\(id)/models").text)
            }
            return said
        }

        /// Everything that can be read out, as files beside the others.
        private func export(_ rig: Rig, userKey: String) async throws {
            try await eventually("the trail has all", within: .seconds(20)) {
                try await rig.call("GET", "/health/readiness").json["outbox"]?.int == 0
            }
            let paths = [
                "/metrics", "/health/readiness", "/api/admin/audit.csv", "/api/admin/audit.jsonl",
                "/api/admin/calls.csv", "/api/admin/calls.jsonl", "/api/admin/users",
            ]
            for (number, path) in paths.enumerated() {
                let answer = try await rig.call("GET", path)
                #expect(answer.status == 200 && !answer.body.isEmpty, "\(path)")
                try answer.text.write(toFile: rig.folder.file("export-\(number)"), atomically: true, encoding: .utf8)
            }
            #expect(try await rig.run("martlet", ["status"]).code == 0)
            #expect(try await rig.run("tap", ["show", rig.folder.file("recording.mtl1"), "--payload"]).code == 0)
        }

        // MARK: Looking

        private func expectNone(of canaries: [Canary], _ rig: Rig, _ said: [String]) throws {
            var files = 0
            for path in try FileManager.default.subpathsOfDirectory(atPath: rig.folder.path) {
                guard !path.hasSuffix(Self.simulator) else { continue }
                guard let data = FileManager.default.contents(atPath: rig.folder.path + "/" + path) else { continue }
                files += 1
                for canary in canaries where !canary.mayBeIn("/" + path) {
                    let isThere = canary.isIn(data)
                    #expect(!isThere, "\(canary.name) is in \(path)")
                }
            }
            #expect(files > 20, "\(files) files were looked through")
            for canary in canaries {
                for text in said { #expect(!canary.isIn(text), "\(canary.name) is in the answer \(text.prefix(400))") }
            }
            let prompt = try #require(canaries.first { $0.name == Self.imagePrompt.name })
            let database = ["gateway.db", "gateway.db-wal"].map { rig.data + "/" + $0 }
            #expect(
                database.contains { prompt.isIn(FileManager.default.contents(atPath: $0) ?? Data()) },
                "it finds some"
            )
        }

        @Test func aCanaryIsFoundInEveryFormInWhichItMightBeWritten() {
            let canary = Self.openAIKey
            let value = canary.value
            for shift in 0..<3 {
                let text = Data((String(repeating: "x", count: shift) + value + "tail").utf8).base64EncodedString()
                #expect(canary.isIn("{\"a\":\"\(text)\"}"), "Base64 from byte \(shift)")
            }
            let percent = value.addingPercentEncoding(
                withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-"))
            )
            #expect(canary.isIn("?key=\(percent ?? "")"))
            let hex = value.utf8.map { String($0, radix: 16) }.joined()
            #expect(canary.isIn(hex) && canary.isIn(hex.uppercased()) && canary.isIn("a \(value) b"))
            #expect(canary.isIn(#"{"key":"sk-cnry+Q7/%4a&\"openai\"9"}"#))
            #expect(!canary.isIn("sk-cnry+Q7"))
        }
    }
}
