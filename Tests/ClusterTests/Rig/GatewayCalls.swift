import HTTP
import JSON
import Support

/// A cluster that can be called over HTTP.
protocol GatewayCalls {
    /// The gateway's address, without a slash at the end.
    var url: String { get }
    /// The admin's key.
    var key: String { get }
}

/// What a gateway answered.
struct Answer: Sendable {
    let status: Int
    let headers: Fields
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
}

extension JSONValue {
    /// As text.
    var written: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension GatewayCalls {
    /// One call to the gateway with the admin's key.
    func call(_ method: String, _ path: String, _ body: String = "", headers: [(String, String)] = []) async throws
        -> Answer
    {
        try await Calls.call(method, url + path, body, headers: [("authorization", "Bearer \(key)")] + headers)
    }
}

/// Calls to any address.
enum Calls {
    @NetLoop private static let client = Client()

    @NetLoop
    static func call(
        _ method: String,
        _ url: String,
        _ body: String,
        headers: [(String, String)],
        total: Duration = .seconds(120)
    ) async throws -> Answer {
        let request = ClientRequest(
            method: method,
            url: url,
            headers: headers,
            body: Array(body.utf8),
            timeouts: .init(connect: .seconds(2), firstByte: .seconds(60), stall: .seconds(30), total: total)
        )
        let transfer = client.start(request)
        let head = try await transfer.head()
        return Answer(status: head.status, headers: head.headers, body: try await transfer.body(limit: 64 << 20))
    }
}

/// Where a gateway is and who asks, for a task beside the test's own.
struct Address: GatewayCalls, Sendable {
    let url: String
    let key: String
}
