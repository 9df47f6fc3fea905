import Foundation
import JSON

/// The providers' bytes that the adapters are tested with: the simulator must have the same shapes.
enum Fixture {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: folder.appending(path: "Fixtures/providers/\(name)")))
    }

    static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: bytes(name)) }

    /// The data of each event, in order, as text.
    static func events(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n\n").compactMap { event in
            event.split(separator: "\n").first { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
        }
    }

    /// Which members there are and of which types, without their values: `{choices:[{index:number}]}`.
    static func shape(_ value: JSONValue?, leavingOut: Set<String> = []) -> String {
        switch value {
        case nil: "nothing"
        case .null: "null"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .array(let elements): "[\(shape(elements.first, leavingOut: leavingOut))]"
        case .object(let fields):
            "{\(fields.filter { !leavingOut.contains($0.name) }.sorted { $0.name < $1.name }.map { "\($0.name):\(shape($0.value, leavingOut: leavingOut))" }.joined(separator: ","))}"
        }
    }
}
