import JSON
import Providers
import Testing

/// What every registered adapter promises.
@Suite struct AdapterContractTests {
    static let types = ChatContractTests.registry.types
    static let chatTypes = types.filter { ChatContractTests.registry[$0]?.capabilities.dialect != Dialect.none }

    private func adapter(_ type: String) throws -> any Adapter { try #require(ChatContractTests.registry[type]) }

    /// A connector that must work: each field filled by its shape.
    private func config(_ adapter: any Adapter, key: String = "sk-0123456789abcdef") -> ConnectorConfig {
        var config = ConnectorConfig(type: adapter.type)
        for field in adapter.fields {
            switch field.shape {
            case .key: config.credentials[field.name] = key
            case .keyBeginning(let prefixes): config.credentials[field.name] = prefixes[0] + "0123456789abcdef"
            case .baseURL: config.baseURL = "https://models.example.com/v1/"
            case .name, .label: config.credentials[field.name] = "name-1"
            case .token: config.credentials[field.name] = String(repeating: key, count: 40)
            case .accessKeyID: config.credentials[field.name] = "AKIA0123456789ABCDEF"
            case .modelID: config.credentials[field.name] = "vendor.model-1:0"
            }
        }
        return config
    }

    private func codec(_ adapter: any Adapter) throws -> any ChatCodec {
        try #require(adapter.codec(for: ChatTraits(model: "model-1")))
    }

    private func chat(_ adapter: any Adapter, _ body: [UInt8]) throws -> OutgoingChat {
        OutgoingChat(try codec(adapter).dialect, model: "model-1", stream: true, body: body)
    }

    /// A chat, or a picture where there is no chat.
    private func request(_ adapter: any Adapter, _ config: ConnectorConfig) throws -> OutgoingRequest {
        guard adapter.capabilities.dialect == Dialect.none else {
            return try adapter.chatRequest(config, chat(adapter, Array("{\"model\":\"m\"}".utf8)))
        }
        return try adapter.imageRequest(config, ImageOrder(model: "model-1", prompt: "a fox"))
    }

    private func problem(_ adapter: any Adapter, _ config: ConnectorConfig) -> ProviderError? {
        do throws(ProviderError) {
            try adapter.validate(config)
            return nil
        } catch {
            return error
        }
    }

    @Test func noTypeIsRegisteredTwice() throws {
        var registry = Registry()
        try registry.register(OpenAIAdapter())
        #expect(throws: Registry.Duplicate.self) { try registry.register(OpenAIAdapter()) }
        #expect(registry["nobody"] == nil)
        #expect(Set(Self.types).count == Self.types.count)
    }

    @Test(arguments: types) func theTypeIsAnIdentifier(_ type: String) throws {
        #expect(type.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
        #expect(try !adapter(type).displayName.isEmpty)
    }

    @Test(arguments: types) func aFilledConnectorIsValid(_ type: String) throws {
        let adapter = try adapter(type)
        #expect(problem(adapter, config(adapter)) == nil)
    }

    @Test(arguments: types) func eachRequiredFieldIsMissed(_ type: String) throws {
        let adapter = try adapter(type)
        for field in adapter.fields {
            var config = config(adapter)
            config.credentials[field.name] = nil
            if field.shape == .baseURL { config.baseURL = nil }
            #expect(problem(adapter, config)?.param == (field.isRequired ? field.name : nil))
        }
    }

    @Test(arguments: types, ["", " ", "sk-secret value", "sk-secret\n", "sk-sécret", "sk-", "sk-secret\u{0}zzzzzzz"])
    func aBadValueIsNamedAndNeverQuoted(_ type: String, _ value: String) throws {
        let adapter = try adapter(type)
        for field in adapter.fields where field.shape != .baseURL {
            // A name may be short; a key may not.
            if case .name = field.shape, value == "sk-" { continue }
            var config = config(adapter)
            config.credentials[field.name] = value
            let error = try #require(problem(adapter, config))
            #expect(error.code == .configError)
            #expect(error.param == field.name)
            #expect(error.message.contains(field.name))
            #expect(value.count < 3 || !error.message.contains(value))
        }
    }

    @Test(arguments: types) func anUnknownFieldIsRefused(_ type: String) throws {
        let adapter = try adapter(type)
        var config = config(adapter)
        config.credentials["api_kye"] = "sk-0123456789abcdef"
        #expect(problem(adapter, config)?.param == "api_kye")
    }

    @Test(arguments: types) func noDescriptionShowsASecret(_ type: String) throws {
        let config = config(try adapter(type))
        for text in ["\(config)", String(reflecting: config)] {
            #expect(!text.contains("0123456789abcdef"))
        }
    }

    @Test(arguments: types) func requestsGoToTheConnectorsAddressWithTheKeyInAHeader(_ type: String) throws {
        let adapter = try adapter(type)
        let config = config(adapter)
        let requests = [
            try request(adapter, config), try adapter.modelsRequest(config), try adapter.healthRequest(config),
        ]
        for request in requests {
            #expect(request.url.hasPrefix("https://"))
            #expect(!request.url.contains("0123456789abcdef"))
            let isSigned = request.signing?.secret.contains("0123456789abcdef") ?? false
            #expect(isSigned || request.headers.contains { $0.value.contains("0123456789abcdef") })
            #expect(request.reach != .operatorChoice)
        }
        #expect(requests[0].method == "POST")
    }

    @Test(arguments: chatTypes) func aChatsBodyIsSentAsItIs(_ type: String) throws {
        let adapter = try adapter(type)
        let body = Array("{\"model\":\"m\"}".utf8)
        #expect(try adapter.chatRequest(config(adapter), chat(adapter, body)).body == body)
    }

    @Test(arguments: types) func whatATypeCannotDoIsRefused(_ type: String) throws {
        let adapter = try adapter(type)
        let hasChat = Self.chatTypes.contains(type)
        #expect((adapter.codec(for: ChatTraits(model: "model-1")) != nil) == hasChat)
        if !hasChat {
            let chat = OutgoingChat(.openAIChat, model: "m", stream: false, body: [])
            #expect(throws: ProviderError.self) { try adapter.chatRequest(config(adapter), chat) }
        }
        let order = ImageOrder(model: "model-1", prompt: "a fox")
        #expect(((try? adapter.imageRequest(config(adapter), order)) != nil) == adapter.capabilities.images)
    }

    @Test(arguments: types) func theOperatorsAddressReplacesEveryOther(_ type: String) throws {
        let adapter = try adapter(type)
        var config = config(adapter)
        let upstreams = Upstreams(environment: [
            "MARTLET_UPSTREAM_\(type.uppercased())": "http://198.51.100.9:9900/", "PATH": "/bin",
        ])
        config.operatorURL = upstreams.url(for: type)
        let request = try request(adapter, config)
        #expect(request.url.hasPrefix("http://198.51.100.9:9900/"))
        #expect(request.reach == .operatorChoice)
    }

    @Test(arguments: types) func noBodyOfAFailureTrapsOrPasses(_ type: String) throws {
        let adapter = try adapter(type)
        let bodies = [
            "", "{", "null", "[]", "[[]]", "<html>", "{\"error\":null}", "{\"error\":\"sk-abc\"}", "\u{0}",
            "{\"error\":{\"code\":{}}}",
        ]
        for status in [400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 500, 502, 503, 504, 529, 599, 302] {
            for body in bodies {
                let error = adapter.failure(status: status, header: { _ in nil }, body: Array(body.utf8))
                #expect(error.message.hasSuffix("."))
                #expect(!error.message.contains("sk-abc") && error.providerCode != "sk-abc")
                #expect((status >= 500) == (error.code == .providerUnavailable))
            }
        }
    }

    @Test(arguments: types, ["", "{}", "[]", "{\"choices\":[]}", "<html>", "{\"choices\":[{}]}", "{\"data\":[{}]}"])
    func anEmptySuccessIsAnError(_ type: String, _ body: String) throws {
        let adapter = try adapter(type)
        if Self.chatTypes.contains(type) {
            #expect(throws: ProviderError.self) { try codec(adapter).result(from: Array(body.utf8)) }
            #expect(throws: ProviderError.self) { try codec(adapter).facts(of: Array(body.utf8)) }
        }
        #expect(throws: ProviderError.self) { try adapter.images(from: Array(body.utf8)) }
    }

    @Test(arguments: types.filter { Registry.standard[$0]?.capabilities.dialect == .openAIChat })
    func anErrorUnderA200IsAnError(_ type: String) throws {
        let adapter = try adapter(type)
        let body = Array(#"{"error":{"code":"insufficient_quota"},"choices":[{"message":{}}],"data":[]}"#.utf8)
        var reads: [() throws -> Void] = [{ _ = try codec(adapter).result(from: body) }]
        if adapter.capabilities.images { reads.append { _ = try adapter.images(from: body) } }
        for read in reads {
            do {
                try read()
                Issue.record("an error passed for an answer")
            } catch {
                let code = (error as? ProviderError)?.code
                #expect(code == .quotaExceeded || (code != nil && adapter.capabilities.dialect != .openAIChat))
            }
        }
    }
}
