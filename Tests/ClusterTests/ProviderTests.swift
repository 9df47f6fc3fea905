import Foundation
import HTTP
import JSON
import Support
import Testing

extension Clusters {
    /// Every provider behind one gateway: its answers in both dialects, its failures by type, and nothing of its words
    /// or of anybody's keys anywhere.
    @Suite(.timeLimit(.minutes(4)))
    struct ProviderTests {
        /// The credentials of a connector type; each secret holds the word that must come out nowhere.
        private static let credentials = [
            ("openai_apikey", #""api_key":"sk-canary-0123456789abcdef""#),
            ("anthropic_apikey", #""api_key":"sk-ant-canary-0123456789abcdef""#),
            ("gemini_apikey", #""api_key":"AIzacanary0123456789abcdef0123456789""#),
            (
                "azure_openai",
                #""api_key":"canary0123456789abcdef0123456789","azure_resource_name":"tides","#
                    + #""azure_deployment_name":"gpt-5-mini","azure_api_version":"v1""#
            ),
            (
                "bedrock",
                #""aws_access_key_id":"AKIACANARY0123456789","#
                    + #""aws_secret_access_key":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY","#
                    + #""aws_region":"us-east-1","aws_model_id":"anthropic.claude-sonnet-4-5-20250929-v1:0""#
            ),
            ("openrouter_apikey", #""api_key":"sk-or-v1-canary0123456789abcdef""#),
            ("xai_apikey", #""api_key":"xai-canary-0123456789abcdef""#),
        ]

        /// What a model's name makes the simulator do, and what the caller must get for it.
        private static let failures = [
            ("sim-error-401", 401, "auth_invalid"), ("sim-error-429", 429, "rate_limited"),
            ("sim-quota", 429, "quota_exceeded"), ("sim-error-500", 502, "provider_unavailable"),
            ("sim-malformed", 502, "malformed_response"), ("sim-error-404", 404, "model_not_found"),
        ]

        /// Words of secrets, of the prompt, and of the simulator's error bodies.
        private static let forbidden = [
            "canary", "CANARY", "wJalrXUtnFEMI", "please check your plan", "Incorrect API key", "x-api-key header",
            "had an error while processing", "exhausted",
        ]

        @Test func everyProviderAnswersAndFailsByTypeAndNothingSecretGetsOut() async throws {
            let cluster = try await LiveCluster(workers: 1)
            var said: [String] = []
            for (type, fields) in Self.credentials {
                let name = "c-\(type)"
                let made = try await Calls.call(
                    "POST",
                    cluster.url + "/api/connectors",
                    #"{"display_name":"\#(name)","owner":"organisation","connector_type":"\#(type)",\#(fields)}"#,
                    headers: [("authorization", "Bearer \(try await admin(cluster, "maker of \(name)"))")]
                )
                #expect(made.status == 201, "\(type): \(made.text)")
                said.append(made.text)
                said += try await answers(cluster, name)
                said += try await failures(cluster, name)
                let models = try await cluster.call("GET", "/api/connectors/\(made.json["id"]?.string ?? "")/models")
                #expect(models.json["items"]?.array?.isEmpty == false, "\(type): \(models.text)")
                said.append(models.text)
            }
            said.append(try await cluster.call("GET", "/metrics").text)
            said.append(try await cluster.call("GET", "/api/connectors").text)
            try await cluster.stop()
            for word in Self.forbidden {
                #expect(!said.contains { $0.contains(word) }, "\(word) is in an answer")
                for file in try FileManager.default.subpathsOfDirectory(atPath: cluster.data) {
                    guard let bytes = FileManager.default.contents(atPath: cluster.data + "/" + file) else { continue }
                    #expect(bytes.firstRange(of: Data(word.utf8)) == nil, "\(word) is in \(file)")
                }
            }
        }

        /// Another admin's key: how often one may make connectors is limited by user.
        private func admin(_ cluster: LiveCluster, _ name: String) async throws -> String {
            let user = try await cluster.call("POST", "/api/admin/users", #"{"name":"\#(name)","role":"admin"}"#)
            let id = user.json["id"]?.string ?? ""
            return try await cluster.call("POST", "/api/admin/users/\(id)/keys").json["key"]?.string ?? ""
        }

        /// A chat in OpenAI's dialect and one in Anthropic's, whole and streamed.
        private func answers(_ cluster: LiveCluster, _ connector: String) async throws -> [String] {
            let model = "\(connector)/sim-fast"
            let openAI = #"{"model":"\#(model)","messages":[{"role":"user","content":"Say kingfisher"}]"#
            let whole = try await cluster.call("POST", "/v1/chat/completions", openAI + "}")
            let text = whole.json["choices"]?[0]?["message"]?["content"]?.string
            #expect(whole.status == 200 && text?.contains("ingfisher") == true, "\(connector): \(whole.text)")
            #expect(whole.json["usage"]?["total_tokens"]?.int ?? 0 > 0)
            let options = #","stream":true,"stream_options":{"include_usage":true}}"#
            let stream = try await cluster.call("POST", "/v1/chat/completions", openAI + options)
            #expect(stream.text.hasSuffix("data: [DONE]\n\n"), "\(connector): \(stream.text)")
            #expect(stream.text.contains(#""total_tokens""#))
            let anthropic =
                #"{"model":"\#(model)","max_tokens":64,"messages":[{"role":"user","content":"Say kingfisher"}]"#
            let message = try await cluster.call("POST", "/v1/messages", anthropic + "}")
            #expect(message.json["stop_reason"]?.string == "end_turn", "\(connector): \(message.text)")
            let events = try await cluster.call("POST", "/v1/messages", anthropic + #","stream":true}"#)
            #expect(events.text.contains("event: message_stop"), "\(connector): \(events.text)")
            return [whole.text, stream.text, message.text, events.text]
        }

        private func failures(_ cluster: LiveCluster, _ connector: String) async throws -> [String] {
            var said: [String] = []
            for (model, status, code) in Self.failures {
                let chat =
                    #"{"model":"\#(connector)/\#(model)","max_tokens":64,"#
                    + #""messages":[{"role":"user","content":"a canary sings"}]}"#
                let answer = try await cluster.call("POST", "/v1/chat/completions", chat)
                let got = answer.json["error"]?["code"]?.string
                #expect(answer.status == status && got == code, "\(connector) \(model): \(answer.text)")
                let message = try await cluster.call("POST", "/v1/messages", chat)
                #expect(message.status == status && message.json["type"]?.string == "error", "\(message.text)")
                said += [answer.text, message.text]
            }
            let cut =
                #"{"model":"\#(connector)/sim-cut","stream":true,"messages":[{"role":"user","content":"sing"}]}"#
            let stream = try await cluster.call("POST", "/v1/chat/completions", cut)
            #expect(stream.text.contains(#""error""#), "\(connector) sim-cut: \(stream.text)")
            return said + [stream.text]
        }
    }
}
