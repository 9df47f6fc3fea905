import Crypto
import HTTP
import JSON
import Loop

/// AWS Bedrock: Converse and ConverseStream, InvokeModel for models that paint, and the list of models.
///
/// The runtime's and the control plane's hosts are one here, since their paths differ.
struct Bedrock: Dialect {
    let name = "bedrock"

    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError) {
        let visit = Visit(exchange, sim: sim, path: path)
        if path == "/foundation-models" || path == "/foundation-models/" { return try await models(visit) }
        // The model's own slashes are escaped, so there are three parts.
        let parts = path.utf8.split(separator: UInt8(ascii: "/"))
        guard parts.count == 3, parts[0].elementsEqual("model".utf8) else { return send(unknown(), visit) }
        let model = String(percentDecoding: parts[1], plusIsSpace: false)
        guard exchange.request.method == "POST" else { return send(unknown(), visit) }
        switch String(decoding: Array(parts[2]), as: UTF8.self) {
        case "converse": try await converse(visit, model: model, streams: false)
        case "converse-stream": try await converse(visit, model: model, streams: true)
        case "invoke": try await invoke(visit, model: model)
        default: send(unknown(), visit)
        }
    }

    private func unknown() -> Reply {
        BedrockWire.error(404, "UnknownOperationException", "The requested operation is not recognized by the service.")
    }

    /// The refusal of a request that is not signed as it must be.
    func refusal(of visit: Visit, body: [UInt8]) -> Reply? {
        do throws(AWSSignature.Refusal) {
            try AWSSignature.check(visit.exchange.request, body: body, now: wallClockMicroseconds() / 1_000_000)
            return nil
        } catch {
            let status = error.exception == "IncompleteSignatureException" ? 400 : 403
            return BedrockWire.error(status, error.exception, error.message)
        }
    }

    /// Sends with the id that AWS gives to every request.
    func send(_ reply: Reply, _ visit: Visit) { visit.send(reply, headers: Self.headers(visit)) }

    /// A failure's shape, with that id.
    static func failed(_ visit: Visit) -> (Failure, Duration) -> Reply {
        let headers = headers(visit)
        return { failure, _ in
            var reply = BedrockWire.reply(to: failure)
            reply.headers += headers
            return reply
        }
    }

    static func headers(_ visit: Visit) -> [(String, String)] {
        let digits = Hex.encode(Digest.sha256(visit.exchange.requestID).prefix(16))
        var id = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { id.append("-") }
            id.append(digit)
        }
        return [("x-amzn-requestid", id)]
    }

    private func models(_ visit: Visit) async throws(HTTPError) {
        let body = try await visit.exchange.body()
        visit.begin(model: "", prompt: "")
        guard visit.exchange.request.method == "GET" else { return send(unknown(), visit) }
        if let refusal = refusal(of: visit, body: body) { return send(refusal, visit) }
        let wanted = visit.exchange.request.queryValue("byOutputModality")
        let whole = BedrockWire.modelList(output: wanted)
        if try await visit.answersOddly(streams: false, failed: Self.failed(visit), whole: { whole }) { return }
        send(Reply(200, json: whole), visit)
    }
}
