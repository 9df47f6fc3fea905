import Crypto
import HTTP
import JSON
import Loop
import Providers
import Testing

@testable import ProviderSim

/// The simulated Bedrock, called as the gateway calls the real one.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct BedrockTests {
    private static let adapter = BedrockAdapter()
    private static let claude = "us.anthropic.claude-haiku-4-5-20251001-v1:0"

    private static func config(_ server: SimServer, _ changes: [String: String] = [:]) async -> ConnectorConfig {
        let credentials = [
            "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": AWSSignature.secret,
            "aws_region": "us-east-1", "aws_model_id": claude,
        ]
        return ConnectorConfig(
            type: "bedrock",
            credentials: credentials.merging(changes) { $1 },
            operatorURL: "http://127.0.0.1:\(await server.port)/bedrock"
        )
    }

    private static func send(_ request: OutgoingRequest, at time: Int64? = nil) async throws -> SimServer.Answer {
        try await send(ClientRequest(request, at: time))
    }

    private static func send(_ request: ClientRequest) async throws -> SimServer.Answer {
        let transfer = await SimServer.client.start(request)
        let head = try await transfer.head()
        var answer = SimServer.Answer(status: head.status, headers: head.headers, body: [])
        do {
            while let chunk = try await transfer.chunk() { answer.body += chunk }
        } catch {
            answer.wasCut = true
        }
        return answer
    }

    private static func outgoing(
        _ server: SimServer,
        _ model: String,
        _ change: (inout Providers.ChatRequest) -> Void = { _ in },
        _ credentials: [String: String] = [:]
    ) async throws -> OutgoingRequest {
        var request = Providers.ChatRequest(
            model: model,
            messages: [ChatMessage(.user, "Tell me about tides in Brest")]
        )
        change(&request)
        let body = try ConverseCodec().body(for: request)
        let chat = OutgoingChat(.bedrockConverse, model: model, stream: request.stream, body: body)
        return try adapter.chatRequest(await config(server, credentials), chat)
    }

    private static func chat(
        _ server: SimServer,
        _ model: String,
        _ change: (inout Providers.ChatRequest) -> Void = { _ in },
        _ credentials: [String: String] = [:]
    ) async throws -> SimServer.Answer {
        try await send(outgoing(server, model, change, credentials))
    }

    private static func read(_ answer: SimServer.Answer) -> (ChatResult, ProviderError?) {
        var reader = ConverseCodec().streamReader()
        var collector = ChatCollector()
        let failure = answer.body.withUnsafeBytes { bytes -> ProviderError? in
            do throws(ProviderError) {
                try reader.feed(bytes) { collector.take($0) }
                try reader.end { collector.take($0) }
                return nil
            } catch {
                return error
            }
        }
        return (collector.answer, failure)
    }

    private static let tool = ChatTool(
        "tide_height",
        schema: .object([
            JSONField("type", .string("object")),
            JSONField(
                "properties",
                .object([JSONField("harbour", .object([JSONField("type", .string("string"))]))])
            ),
        ])
    )

    // MARK: Signatures

    @Test func aWrongSignatureIsRefusedAsAWSDoes() async throws {
        try await SimServer.run { (server) async throws in
            let cases: [([String: String], String)] = [
                (["aws_secret_access_key": "anotherSecret/0123456789"], "InvalidSignatureException"),
                (["aws_access_key_id": "XKIAIOSFODNN7EXAMPLE"], "UnrecognizedClientException"),
                (["aws_access_key_id": "AKIAIOSFODNN7BADKEYS"], "UnrecognizedClientException"),
                (["aws_session_token": "an-expired-token"], "ExpiredTokenException"),
            ]
            for (credentials, exception) in cases {
                let answer = try await Self.chat(server, Self.claude, { _ in }, credentials)
                #expect(answer.status == 403 && answer.headers["x-amzn-errortype"]?.hasPrefix(exception) == true)
                let error = Self.adapter.failure(
                    status: answer.status,
                    header: { answer.headers[$0] },
                    body: answer.body
                )
                #expect(error.code == .authInvalid && error.providerCode == exception)
            }
            let token = ["aws_access_key_id": "ASIAIOSFODNN7EXAMPLE", "aws_session_token": "good/token+of=some=length"]
            #expect(try await Self.chat(server, Self.claude, { _ in }, token).status == 200)
        }
    }

    @Test func whatIsChangedAfterSigningIsRefused() async throws {
        try await SimServer.run { (server) async throws in
            let signed = ClientRequest(try await Self.outgoing(server, Self.claude))
            #expect(try await Self.send(signed).status == 200)
            var changed = signed
            changed.body.insert(0x20, at: 1)
            #expect(try await Self.send(changed).status == 403)
            changed = signed
            changed.url = signed.url.replacing("%3A", with: ":")
            #expect(try await Self.send(changed).status == 403)
            changed = signed
            changed.headers.append(("x-amz-later", "unsigned"))
            #expect(try await Self.send(changed).status == 403)
            changed = signed
            changed.headers.removeAll { $0.0 == "authorization" }
            let bare = try await Self.send(changed)
            #expect(bare.headers["x-amzn-errortype"]?.hasPrefix("MissingAuthenticationToken") == true)
            changed.headers.append(("authorization", "Bearer sk-good"))
            #expect(try await Self.send(changed).status == 400)
        }
    }

    @Test func aClockThatIsWrongByMoreThanFiveMinutesIsRefused() async throws {
        try await SimServer.run { (server) async throws in
            let request = try await Self.outgoing(server, Self.claude)
            let now = wallClockMicroseconds() / 1_000_000
            for (offset, status) in [(0, 200), (-240, 200), (240, 200), (-400, 403), (400, 403)] as [(Int64, Int)] {
                #expect(try await Self.send(request, at: now + offset).status == status, "\(offset) s")
            }
        }
    }

    // MARK: Chat

    @Test func chatIsTheSameAtOnceAndInFrames() async throws {
        try await SimServer.run { (server) async throws in
            let arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3-3-70b-instruct-v1:0"
            for model in [Self.claude, arn, "amazon.nova-lite-v1:0", "sim-fast"] {
                let whole = try await Self.chat(server, model)
                let result = try ConverseCodec().result(from: whole.body)
                #expect(result.stopReason == .stop && (result.usage?.totalTokens ?? 0) > 10)
                #expect(whole.headers["x-amzn-requestid"]?.count == 36)
                let streamed = try await Self.chat(server, model, { $0.stream = true })
                #expect(streamed.headers["content-type"] == "application/vnd.amazon.eventstream")
                let (answer, failure) = Self.read(streamed)
                #expect(failure == nil && answer.parts == result.parts && answer.usage == result.usage)
            }
        }
    }

    @Test func aToolIsCalledAndItsResultHeard() async throws {
        try await SimServer.run { (server) async throws in
            let whole = try await Self.chat(
                server,
                Self.claude,
                { request in
                    request.tools = [Self.tool]
                    request.toolChoice = .tool("tide_height")
                }
            )
            let call = try #require(try ConverseCodec().result(from: whole.body).parts.toolCalls.first)
            #expect(try JSONValue(parsing: call.arguments)["harbour"]?.string == "Brest")
            let (streamed, failure) = Self.read(
                try await Self.chat(
                    server,
                    Self.claude,
                    { request in
                        (request.tools, request.stream) = ([Self.tool], true)
                        request.toolChoice = .required
                    }
                )
            )
            #expect(failure == nil && streamed.parts.toolCalls == [call] && streamed.stopReason == .toolCalls)
            let told = try await Self.chat(
                server,
                Self.claude,
                { request in
                    request.messages.append(ChatMessage(.assistant, [.toolCall(call)]))
                    let result = ToolResult(callID: call.id, content: [.text("4.2 m")])
                    request.messages.append(ChatMessage(.tool, [.toolResult(result)]))
                }
            )
            #expect(try ConverseCodec().result(from: told.body).parts.text.contains("4.2 m"))
        }
    }

    @Test(arguments: [
        ("", "not valid JSON"), (#"{"messages":[]}"#, "start with a user"),
        (#"{"messages":[{"role":"assistant","content":[{"text":"x"}]}]}"#, "start with a user"),
        (#"{"messages":[{"role":"user","content":[{"text":" "}]}]}"#, "blank"),
        (
            #"{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"user","content":[{"text":"b"}]}]}"#,
            "alternate"
        ),
        (
            #"{"messages":[{"role":"user","content":[{"image":{"format":"image/png","source":{"bytes":"AA=="}}}]}]}"#,
            "format"
        ),
        (
            #"{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"n","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"text":"4"}]}}]}]}"#,
            "toolConfig field must be defined"
        ),
        (#"{"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"temperature":2}}"#, "0 to 1"),
        (#"{"messages":[{"role":"user","content":[{"text":"a"}]}],"toolConfig":{"tools":[]}}"#, "at least one tool"),
    ])
    func whatIsNoConversationIsRefusedInWords(_ body: String, _ words: String) async throws {
        try await SimServer.run { (server) async throws in
            let chat = OutgoingChat(.bedrockConverse, model: Self.claude, stream: false, body: Array(body.utf8))
            let answer = try await Self.send(Self.adapter.chatRequest(await Self.config(server), chat))
            #expect(
                answer.status == 400 && answer.headers["x-amzn-errortype"]?.hasPrefix("ValidationException") == true
            )
            #expect(answer.json?["message"]?.string?.contains(words) == true, "\(answer.text)")
        }
    }

    @Test func aModelThatNeedsAProfileSaysSo() async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await Self.chat(server, "anthropic.claude-opus-5-5")
            let error = Self.adapter.failure(status: answer.status, header: { answer.headers[$0] }, body: answer.body)
            #expect(error.code == .badRequest && error.message.contains("inference profile"))
        }
    }

    // MARK: Failures

    @Test(arguments: [
        ("sim-error-401", ProviderError.Code.authInvalid), ("sim-error-403", .permissionDenied),
        ("sim-error-404", .notFound), ("nobody", .notFound), ("sim-error-429", .rateLimited),
        ("sim-quota", .quotaExceeded), ("sim-error-500", .providerUnavailable), ("sim-error-503", .providerUnavailable),
        ("sim-error-408", .providerUnavailable), ("sim-error-400", .badRequest), ("sim-html-502", .providerUnavailable),
    ])
    func aModelFailsAsItsNameSays(_ model: String, _ code: ProviderError.Code) async throws {
        try await SimServer.run { (server) async throws in
            for streams in [false, true] {
                let answer = try await Self.chat(server, model, { $0.stream = streams })
                let error = Self.adapter.failure(
                    status: answer.status,
                    header: { answer.headers[$0] },
                    body: answer.body
                )
                #expect(error.code == code && error.retryAfter == nil)
                #expect((error.providerRequestID != nil) == (model != "sim-html-502"))
            }
        }
    }

    @Test func aBrokenStreamIsNoSuccess() async throws {
        try await SimServer.run { (server) async throws in
            let cases: [(String, ProviderError.Code)] = [
                ("sim-cut", .malformedResponse), ("sim-malformed", .malformedResponse),
                ("sim-empty-200", .malformedResponse), ("sim-200-error", .providerUnavailable),
            ]
            for (model, code) in cases {
                let answer = try await Self.chat(server, model, { $0.stream = true })
                #expect(answer.wasCut == (model == "sim-cut"))
                #expect(Self.read(answer).1?.code == code, "\(model)")
            }
        }
    }

    @Test func theGuardrailSpeaksWithStatus200() async throws {
        try await SimServer.run { (server) async throws in
            let whole = try await Self.chat(server, "sim-moderated")
            #expect(try ConverseCodec().result(from: whole.body).stopReason == .contentFilter)
            let streamed = try await Self.chat(server, "sim-moderated", { $0.stream = true })
            #expect(Self.read(streamed).0.stopReason == .contentFilter)
        }
    }

    // MARK: Pictures and models

    @Test(arguments: ["stability.stable-image-core-v1:1", "amazon.nova-canvas-v1:0"])
    func aPictureIsPaintedInItsModelsForm(_ model: String) async throws {
        try await PixelLoop.run { try Studio.open() }
        try await SimServer.run { (server) async throws in
            let order = ImageOrder(model: model, prompt: "a boat", negativePrompt: "text", size: "1024x576")
            let answer = try await Self.send(Self.adapter.imageRequest(await Self.config(server), order))
            guard case .bytes(let bytes) = try Self.adapter.images(from: answer.body).images.first else {
                Issue.record("no picture: \(answer.text.prefix(200))")
                return
            }
            #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }

    @Test(arguments: [
        ("sim-moderated", ProviderError.Code.providerRejected), ("sim-zero-images", .malformedResponse),
        ("sim-200-error", .malformedResponse), ("sim-malformed", .malformedResponse),
    ])
    func aPictureThatIsNoneIsAnError(_ model: String, _ code: ProviderError.Code) async throws {
        try await SimServer.run { (server) async throws in
            let order = ImageOrder(model: model, prompt: "a boat")
            let answer = try await Self.send(Self.adapter.imageRequest(await Self.config(server), order))
            #expect(answer.status == 200)
            #expect { try Self.adapter.images(from: answer.body) } throws: { ($0 as? ProviderError)?.code == code }
        }
    }

    @Test func theListOfModelsProvesTheKey() async throws {
        try await SimServer.run { (server) async throws in
            let good = try await Self.send(Self.adapter.healthRequest(await Self.config(server)))
            #expect(Self.adapter.health(status: good.status, header: { good.headers[$0] }, body: good.body) == nil)
            #expect(try Self.adapter.models(from: good.body).contains { $0.id == "amazon.nova-lite-v1:0" })
            let wrong = await Self.config(server, ["aws_secret_access_key": "anotherSecret/0123456789"])
            let bad = try await Self.send(Self.adapter.healthRequest(wrong))
            let error = Self.adapter.health(status: bad.status, header: { bad.headers[$0] }, body: bad.body)
            #expect(error?.code == .authInvalid)
        }
    }

    @Test func whatIsNoOperationIsNotFound() async throws {
        try await SimServer.run { (server) async throws in
            for path in ["/bedrock", "/bedrock/model/a", "/bedrock/model/a/chat", "/bedrock/model/a/b/converse"] {
                #expect(try await server.call(path, "{}").status == 404, "\(path)")
            }
        }
    }
}
