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
    let bytes: [UInt8]

    var testDescription: String { name }
    var isStream: Bool { name.hasSuffix(".sse") }
    func header(_ name: String) -> String? { headers[name.lowercased()] }

    var adapter: any Adapter { name.hasPrefix("openai") ? OpenAIAdapter() : CompatibleAdapter() }

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
        return entries.compactMap { entry in
            guard let bytes = try? Data(contentsOf: folder.appending(path: entry.name)) else { return nil }
            let headers = (entry.value["headers"]?.object ?? []).map { ($0.name.lowercased(), $0.value.string ?? "") }
            return Fixture(
                name: entry.name,
                status: Int(entry.value["status"]?.int ?? 0),
                headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
                expect: entry.value["expect"]?.string ?? "",
                text: entry.value["text"]?.string,
                retryAfter: entry.value["retry_after_seconds"]?.double,
                bytes: [UInt8](bytes)
            )
        }
    }()

    static func named(_ name: String) throws -> Fixture {
        struct Missing: Error { let name: String }
        guard let fixture = all.first(where: { $0.name == name }) else { throw Missing(name: name) }
        return fixture
    }

    static let streams = all.filter(\.isStream)
    static let bodies = all.filter { !$0.isStream }
}
