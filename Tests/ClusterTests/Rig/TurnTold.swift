import Foundation
import HTTP
import JSON
import Loop
import Support

/// A turn's stream as a client saw it.
struct TurnTold: Sendable {
    struct Event: Sendable {
        let name: String
        let id: Int?
        let data: JSONValue

        subscript(name: String) -> JSONValue? { data[name] }
    }

    let status: Int
    let headers: Fields
    let text: String
    /// Events that came whole.
    let events: [Event]

    init(status: Int, headers: Fields, body: [UInt8]) {
        self.status = status
        self.headers = headers
        text = String(decoding: body, as: UTF8.self)
        let parts = text.components(separatedBy: "\n\n").dropLast()
        events = parts.map { part in
            var members: [String: String] = [:]
            for line in part.split(separator: "\n") {
                let field = line.split(separator: ":", maxSplits: 1).map(String.init)
                if field.count == 2 { members[field[0]] = String(field[1].drop { $0 == " " }) }
            }
            return Event(
                name: members["event"] ?? "",
                id: members["id"].flatMap { Int($0) },
                data: members["data"].flatMap { try? JSONValue(parsing: $0) } ?? .null
            )
        }
    }

    var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }

    /// The frames of a turn's life, each run of deltas as one.
    var lifecycle: [String] {
        let names: Set = [
            "meta", "delta", "done", "image_pending", "image_attempt", "image", "image_failed", "final", "error",
        ]
        var seen: [String] = []
        for event in events where names.contains(event.name) && !(event.name == "delta" && seen.last == "delta") {
            seen.append(event.name)
        }
        return seen
    }

    func all(_ name: String) -> [Event] { events.filter { $0.name == name } }
    func first(_ name: String) -> Event? { events.first { $0.name == name } }

    /// Numbers begin at 1 and rise by one.
    var isNumbered: Bool { events.map(\.id) == events.indices.map { $0 + 1 } }
}

extension GatewayCalls {
    /// A turn to its end.
    ///
    /// - Parameter members: the body's, after `messages`.
    func turn(
        _ action: String,
        say prompt: String = "a red fox in the snow",
        _ members: String = "",
        headers: [(String, String)] = []
    ) async throws -> TurnTold {
        let body = #"{"action":"\#(action)","messages":[{"role":"user","content":"\#(prompt)"}]\#(members)}"#
        let answer = try await call("POST", "/api/turns", body, headers: headers)
        return TurnTold(status: answer.status, headers: answer.headers, body: answer.body)
    }

}

extension Address {
    /// A turn that its client leaves once an event of that name has come.
    @NetLoop
    func turn(_ action: String, _ members: String, leavingAt name: String) async throws -> TurnTold {
        let body = #"{"action":"\#(action)","messages":[{"role":"user","content":"a red fox in the snow"}]\#(members)}"#
        let request = ClientRequest(
            method: "POST",
            url: url + "/api/turns",
            headers: [("authorization", "Bearer \(key)")],
            body: Array(body.utf8),
            timeouts: .init(connect: .seconds(2), firstByte: .seconds(60), stall: .seconds(30), total: .seconds(60))
        )
        let transfer = Client().start(request)
        let head = try await transfer.head()
        var bytes: [UInt8] = []
        while let chunk = try await transfer.chunk() {
            bytes += chunk
            let told = TurnTold(status: head.status, headers: head.headers, body: bytes)
            guard told.first(name) != nil else { continue }
            transfer.cancel()
            return told
        }
        throw NeverHappened(description: "no \(name): \(String(decoding: bytes, as: UTF8.self))")
    }
}
