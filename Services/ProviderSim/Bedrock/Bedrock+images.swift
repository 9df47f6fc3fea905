import HTTP
import JSON
import Loop
import Pictures

extension Bedrock {
    /// InvokeModel; only for models that paint: chat goes by Converse.
    func invoke(_ visit: Visit, model: String) async throws(HTTPError) {
        let bytes = try await visit.exchange.body()
        let request: InvokeRequest
        do throws(BedrockRefusal) {
            request = try InvokeRequest(bytes, model: model)
        } catch {
            visit.begin(model: model, prompt: "")
            return send(refusal(of: visit, body: bytes) ?? BedrockWire.reply(to: error), visit)
        }
        visit.begin(model: model, prompt: request.prompt)
        if let refusal = refusal(of: visit, body: bytes) { return send(refusal, visit) }
        try await visit.think()
        if visit.behaviour.action == .fail(.moderated) {
            return send(Reply(200, json: BedrockWire.filtered(request)), visit)
        }
        let whole = { BedrockWire.images(request, []) }
        if try await visit.answersOddly(streams: false, failed: Self.failed(visit), whole: whole) { return }
        do {
            try await paint(request, model, visit)
        } catch let error as HTTPError {
            throw error
        } catch {
            send(BedrockWire.reply(to: .server), visit)
        }
    }

    private func paint(_ request: InvokeRequest, _ model: String, _ visit: Visit) async throws {
        var images: [String] = []
        for index in 0..<request.count where visit.behaviour.action != .wrongPicture(.none) {
            let begun = Moment.now
            var picture = try await Studio.draw(
                prompt: request.prompt,
                width: request.width,
                height: request.height,
                variation: index,
                note: "PROVIDER-SIM · \(model)",
                type: request.type,
                quality: 90
            )
            if case .wrongPicture(let kind) = visit.behaviour.action {
                picture = await Studio.wrong(kind, picture: picture)
            }
            try await Pause.wait(visit.imageTime - (Moment.now - begun))
            images.append(await Studio.base64(picture))
        }
        send(Reply(200, json: BedrockWire.images(request, images)), visit)
    }
}
