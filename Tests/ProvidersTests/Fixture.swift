import Foundation
import JSON
import Providers
import Testing

/// A stored answer of a provider with what a correct reader makes of it.
struct Fixture: Sendable, CustomTestStringConvertible {
    let name: String
    let status: Int
    let headers: [String: String]
    let expect: String
    let text: String?
    let retryAfter: Double?
    let toolCalls: [Call]
    let cost: Double?
    let bytes: [UInt8]

    var testDescription: String { name }
    var isStream: Bool { name.hasSuffix(".sse") || name.hasSuffix(".bin") }
    func header(_ name: String) -> String? { headers[name.lowercased()] }

    /// What kind of answer it is, told by its name and the manifest's word.
    enum Kind { case chat, image, catalogue, failure, other }

    var kind: Kind {
        if status >= 400 { return .failure }
        if expect == "health-ok" { return .catalogue }
        if status != 200 || expect == "pending" || name.contains("-invoke-") { return .other }
        let words = ["-image", "canvas", "titan", "stability", "runware"]
        return words.contains { name.contains($0) } ? .image : .chat
    }

    /// The connector type whose answers these are, told by the name's beginning.
    var type: String {
        switch name.prefix(while: { $0 != "-" }) {
        case "compat": "openai_compatible"
        case "azure": "azure_openai"
        case "bedrock": "bedrock"
        case "runware": "runware"
        case let provider: "\(provider)_apikey"
        }
    }

    var adapter: any Adapter { Registry.standard[type] ?? CompatibleAdapter() }

    /// The codec by which it is read: OpenAI's responses are asked for by a new model with tools.
    var codec: (any ChatCodec)? {
        let isResponses = name.contains("-responses-")
        let traits = ChatTraits(model: isResponses ? "gpt-6.1-sol" : "model-1", hasTools: isResponses)
        let codec = adapter.codec(for: traits)
        return isResponses && codec?.dialect != .openAIResponses ? nil : codec
    }

    /// A tool call that the manifest expects.
    struct Call: Sendable {
        let id: String?
        let name: String
        let arguments: JSONValue
    }

    var isSuccess: Bool { expect.hasPrefix("success") }

    /// How reading the stream must fail; nil when it must not.
    var streamFailure: ProviderError.Code? { isSuccess || expect == "content_rejected" ? nil : code }

    /// The error class that the manifest's word stands for; nil for a success.
    var code: ProviderError.Code? {
        expect == "content_rejected" ? .providerRejected : ProviderError.Code(rawValue: expect)
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/providers")

    static let all: [Fixture] = {
        guard let data = try? Data(contentsOf: folder.appending(path: "MANIFEST.json")),
            let entries = (try? JSONValue(parsing: [UInt8](data)))?["fixtures"]?.object
        else { return [] }
        return entries.compactMap { entry -> Fixture? in
            guard let bytes = try? Data(contentsOf: folder.appending(path: entry.name)) else { return nil }
            let headers = (entry.value["headers"]?.object ?? []).map { ($0.name.lowercased(), $0.value.string ?? "") }
            return Fixture(
                name: entry.name,
                status: Int(entry.value["status"]?.int ?? 0),
                headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
                expect: entry.value["expect"]?.string ?? "",
                text: entry.value["text"]?.string,
                retryAfter: entry.value["retry_after_seconds"]?.double,
                toolCalls: (entry.value["tool_calls"]?.array ?? []).map { call in
                    Call(
                        id: call["id"]?.string,
                        name: call["name"]?.string ?? "",
                        arguments: call["arguments"] ?? .object([])
                    )
                },
                cost: entry.value["cost_usd"]?.double,
                bytes: [UInt8](bytes)
            )
        }
        .filter { Registry.standard[$0.type] != nil }
    }()

    static func named(_ name: String) throws -> Fixture {
        struct Missing: Error { let name: String }
        guard let fixture = all.first(where: { $0.name == name }) else { throw Missing(name: name) }
        return fixture
    }

    /// The body that a provider's official SDK sends.
    static func sdkRequest(_ name: String) throws -> JSONValue {
        let data = try Data(contentsOf: folder.appending(path: "sdk-requests.json"))
        return try #require(try JSONValue(parsing: [UInt8](data))["requests"]?[name]?["body"])
    }

    static let failures = all.filter { $0.kind == .failure }
    static let chats = all.filter { $0.kind == .chat && !$0.isStream && $0.codec != nil }
    static let streams = all.filter { $0.kind == .chat && $0.isStream && $0.codec != nil }
    /// Those that pass through the gateway as they are, for callers of OpenAI's dialect.
    static let openAIStreams = streams.filter { $0.codec?.dialect == .openAIChat }
    static let images = all.filter { $0.kind == .image && !$0.isStream }
    static let catalogues = all.filter { $0.kind == .catalogue }
}
