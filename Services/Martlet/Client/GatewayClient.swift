import Glibc
import HTTP
import JSON
import Service

/// Calls the gateway as any application does, with a key over HTTP.
@NetLoop
final class GatewayClient {
    /// Without a slash at the end.
    let url: String
    private let key: String
    private let client = Client()
    /// How long a blocking answer may take: as long as the slowest model.
    private static let patience = ClientRequest.Timeouts(connect: .seconds(5), total: .seconds(900))
    private static let answerLimit = 64 << 20

    init(_ arguments: Arguments) throws(CommandError) {
        url = Self.address(arguments)
        key = try Self.key(arguments)
    }

    /// Sends a JSON body, or none, and reads the JSON answer; any status but 2xx becomes the error that it tells of.
    @discardableResult
    func call(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws(CommandError) -> JSONValue {
        let answer = try await exchange(method, path, body)
        do throws(JSONError) {
            return try JSONValue(parsing: answer.body.isEmpty ? Array("null".utf8) : answer.body)
        } catch {
            throw CommandError(.failed, "\(url)\(path) answered something that is no JSON: is that a Martlet gateway?")
        }
    }

    /// The bytes of an answer and its type.
    func download(_ path: String) async throws(CommandError) -> (bytes: [UInt8], type: String) {
        let answer = try await exchange("GET", path, nil)
        return (answer.body, answer.head.headers["content-type"] ?? "application/octet-stream")
    }

    /// The status of a path, whatever it says.
    func status(_ path: String) async throws(CommandError) -> (status: Int, body: JSONValue?) {
        let answer = try await answer("GET", path, nil)
        return (answer.head.status, try? JSONValue(parsing: answer.body))
    }

    /// Follows an event stream; `received` answers whether to go on. Returns when it says no or the stream ends.
    func follow(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil,
        headers: [(String, String)] = [],
        received: (EventStreamParser.Event) throws(CommandError) -> Bool
    ) async throws(CommandError) {
        let timeouts = ClientRequest.Timeouts(connect: .seconds(5))
        let transfer = client.start(request(method, path, body, timeouts: timeouts, headers: headers))
        defer { transfer.cancel() }
        do {
            let head = try await transfer.head()
            guard (200..<300).contains(head.status) else {
                throw Refusal.error(status: head.status, body: try await transfer.body(limit: Self.answerLimit))
            }
            var parser = EventStreamParser()
            while let chunk = try await transfer.chunk() {
                for event in try parser.feed(chunk) where try !received(event) { return }
            }
        } catch {
            throw commandError(error)
        }
    }

    // MARK: Parts

    private func exchange(
        _ method: String,
        _ path: String,
        _ body: JSONValue?
    ) async throws(CommandError) -> (head: ResponseHead, body: [UInt8]) {
        let answer = try await answer(method, path, body)
        guard (200..<300).contains(answer.head.status) else {
            throw Refusal.error(status: answer.head.status, body: answer.body)
        }
        return answer
    }

    private func answer(
        _ method: String,
        _ path: String,
        _ body: JSONValue?
    ) async throws(CommandError) -> (head: ResponseHead, body: [UInt8]) {
        let transfer = client.start(request(method, path, body, timeouts: Self.patience, headers: []))
        defer { transfer.cancel() }
        do {
            return (try await transfer.head(), try await transfer.body(limit: Self.answerLimit))
        } catch {
            throw commandError(error)
        }
    }

    private func request(
        _ method: String,
        _ path: String,
        _ body: JSONValue?,
        timeouts: ClientRequest.Timeouts,
        headers: [(String, String)]
    ) -> ClientRequest {
        var all = headers + [("authorization", "Bearer \(key)")]
        var bytes: [UInt8] = []
        if let body {
            var writer = JSONWriter()
            writer.value(body)
            bytes = writer.bytes
            all.append(("content-type", "application/json"))
        }
        return ClientRequest(
            method: method,
            url: path.contains("://") ? path : url + path,
            headers: all,
            body: bytes,
            timeouts: timeouts
        )
    }

    private func commandError(_ error: any Error) -> CommandError {
        if let error = error as? CommandError { return error }
        guard let error = error as? HTTPError else { return CommandError(.failed, "\(error)") }
        let unreachable: Set<HTTPError.Code> = [.connectFailed, .connectTimeout, .resolveFailed]
        return unreachable.contains(error.code)
            ? CommandError(.unavailable, "nobody answers at \(url): is the cluster up? (martlet up)")
            : CommandError(.failed, error.description)
    }

    // MARK: Where and who

    private static func address(_ arguments: Arguments) -> String {
        let given = arguments.string("url") ?? Environment["MARTLET_URL"] ?? RunningCluster.url(in: arguments.data)
        let url = given ?? "http://\(Environment["MARTLET_HTTP"] ?? "127.0.0.1:8080")"
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    private static func key(_ arguments: Arguments) throws(CommandError) -> String {
        if let key = Environment["MARTLET_KEY"] { return key }
        let path = arguments.data + "/admin.key"
        guard let key = SmallFile.text(path)?.split(whereSeparator: \.isWhitespace).first else {
            throw CommandError(.noPermission, "no key: set MARTLET_KEY, or say with --data where admin.key lies")
        }
        return String(key)
    }
}
