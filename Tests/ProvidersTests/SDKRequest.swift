import Foundation
import JSON

/// Bodies that the official SDKs send, as they were captured.
enum SDKRequest {
    struct Missing: Error { let name: String }

    static func named(_ name: String) throws -> JSONValue {
        let data = try Data(contentsOf: Fixture.folder.appending(path: "sdk-requests.json"))
        guard let body = try JSONValue(parsing: [UInt8](data))["requests"]?[name]?["body"] else {
            throw Missing(name: name)
        }
        return body
    }
}
