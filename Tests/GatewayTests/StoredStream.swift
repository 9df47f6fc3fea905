import Foundation
import JSON
import Providers
import Testing

/// A provider's stored stream in the pieces in which it comes: one event of it at a time.
struct StoredStream: CustomTestStringConvertible {
    let name: String
    let text: String
    let expect: String
    let codec: any ChatCodec
    let pieces: [[UInt8]]

    var testDescription: String { name }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/providers")

    static func named(_ name: String) throws -> StoredStream {
        struct Missing: Error { let name: String }
        guard let stream = all.first(where: { $0.name == name }) else { throw Missing(name: name) }
        return stream
    }

    /// Every stored stream of a chat that passes as such.
    static let all: [StoredStream] = {
        guard let data = try? Data(contentsOf: folder.appending(path: "MANIFEST.json")),
            let entries = (try? JSONValue(parsing: [UInt8](data)))?["fixtures"]?.object
        else { return [] }
        return entries.compactMap { entry in
            guard entry.value["status"]?.int == 200, let codec = codec(of: entry.name),
                let bytes = try? Data(contentsOf: folder.appending(path: entry.name))
            else { return nil }
            return StoredStream(
                name: entry.name,
                text: entry.value["text"]?.string ?? "",
                expect: entry.value["expect"]?.string ?? "",
                codec: codec,
                pieces: pieces([UInt8](bytes), isText: entry.name.hasSuffix(".sse"))
            )
        }
    }()

    private static func codec(of name: String) -> (any ChatCodec)? {
        guard name.hasSuffix(".sse") || name.hasSuffix("stream.bin"), !name.contains("image"),
            !name.contains("-invoke-")
        else { return nil }
        let type =
            switch name.prefix(while: { $0 != "-" }) {
            case "compat": "openai_compatible"
            case "azure": "azure_openai"
            case "bedrock": "bedrock"
            case let provider: "\(provider)_apikey"
            }
        let isResponses = name.contains("-responses-")
        return Registry.standard[type]?
            .codec(for: ChatTraits(model: isResponses ? "gpt-6.1-sol" : "model-1", hasTools: isResponses))
    }

    /// Each event with the empty line behind it; other framings in small pieces.
    private static func pieces(_ bytes: [UInt8], isText: Bool) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var piece: [UInt8] = []
        for byte in bytes {
            piece.append(byte)
            let isWhole = piece.suffix(2) == [0x0a, 0x0a] || piece.suffix(4) == [0x0d, 0x0a, 0x0d, 0x0a]
            if isText ? isWhole : piece.count == 37 {
                pieces.append(piece)
                piece = []
            }
        }
        return piece.isEmpty ? pieces : pieces + [piece]
    }
}
