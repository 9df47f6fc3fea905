import HTTP
import JSON
import Loop

@testable import ProviderSim

/// A simulator on a free port of loopback, without latency, and a client of it.
@NetLoop
final class SimServer {
    static let client = Client()
    let sim: Sim
    private let listener: Listener

    init(rules: Rules = Rules(), _ change: (inout Options) -> Void = { _ in }) throws {
        var options = Options()
        options.address = "127.0.0.1:0"
        (options.latency, options.chunkDelay, options.imageTime) = (.zero, .zero, .zero)
        change(&options)
        sim = Sim(options: options, rules: rules)
        listener = try sim.listen()
    }

    var port: Int { listener.port }

    func close() { listener.close() }

    var address: String { "127.0.0.1:\(listener.port)" }

    /// An answer: the body is what came before the connection was cut, if it was.
    struct Answer {
        var status: Int
        var headers: Fields
        var body: [UInt8]
        var wasCut = false

        var json: JSONValue? { try? JSONValue(parsing: body) }
        var text: String { String(decoding: body, as: UTF8.self) }
        var code: String? { json?["error"]?["code"]?.string }
    }

    func start(_ path: String, _ body: String? = nil, key: String? = "sk-good", headers: [(String, String)] = [])
        -> Transfer
    {
        var request = ClientRequest(
            method: body == nil ? "GET" : "POST",
            url: "http://127.0.0.1:\(listener.port)\(path)"
        )
        request.headers = headers + (key.map { [("authorization", "Bearer \($0)")] } ?? [])
        request.body = Array((body ?? "").utf8)
        return Self.client.start(request)
    }

    func call(_ path: String, _ body: String? = nil, key: String? = "sk-good", headers: [(String, String)] = [])
        async throws -> Answer
    {
        let transfer = start(path, body, key: key, headers: headers)
        let head = try await transfer.head()
        var answer = Answer(status: head.status, headers: head.headers, body: [])
        do {
            while let chunk = try await transfer.chunk() { answer.body += chunk }
        } catch {
            answer.wasCut = true
        }
        return answer
    }

    func chat(_ model: String, stream: Bool = false, prompt: String = "Tell me about tides", more: String = "")
        async throws -> Answer
    {
        let messages = #""messages":[{"role":"user","content":"\#(prompt)"}]"#
        return try await call(
            "/v1/chat/completions",
            #"{"model":"\#(model)","stream":\#(stream),\#(messages)\#(more)}"#
        )
    }

    /// Runs a test's body on the net loop against a server of its own.
    static func run(
        rules: Rules = Rules(),
        _ change: @NetLoop (inout Options) -> Void = { _ in },
        _ body: @NetLoop (SimServer) async throws -> Void
    ) async throws {
        let server = try SimServer(rules: rules, change)
        defer { server.close() }
        try await body(server)
    }
}
