import HTTP
import JSON
import Loop
import Pictures

extension Gemini {
    /// One picture among an answer's parts, with a sentence before it where text was asked for too.
    func image(_ request: GeminiRequest, _ visit: Visit, stream: Bool) async throws(HTTPError) {
        try await visit.think()
        let head = head(request.talk.model, visit)
        let output = 1_290 * request.width * request.height / (1_024 * 1_024)
        let usage = GeminiWire.Usage(input: request.talk.inputTokens, output: max(1, output), isPicture: true)
        let failed = { (failure: Failure, wait: Duration) in
            guard failure == .moderated else { return GeminiWire.reply(to: failure, retryAfter: wait) }
            return Reply(200, json: GeminiWire.answer(head, [], finish: "IMAGE_SAFETY", usage))
        }
        let whole = { GeminiWire.answer(head, [], finish: "NO_IMAGE", usage) }
        if try await visit.answersOddly(streams: false, failed: failed, whole: whole) { return }
        if visit.behaviour.action == .wrongPicture(.none) {
            return visit.send(Reply(200, json: whole()), headers: Self.headers)
        }
        let begun = Moment.now
        let base64: String
        do {
            base64 = try await picture(request, visit)
        } catch {
            return visit.send(GeminiWire.reply(to: .server))
        }
        try await Pause.wait(visit.imageTime - (Moment.now - begun))
        let parts: [GeminiWire.Part] =
            request.wantsText ? [.text("Here it is."), .picture(base64)] : [.picture(base64)]
        let answer = GeminiWire.answer(head, parts, finish: "STOP", usage)
        guard stream else { return visit.send(Reply(200, json: answer), headers: Self.headers) }
        visit.send(Reply(200, "text/event-stream", Array("data: ".utf8) + answer + Array("\r\n\r\n".utf8)))
    }

    private func picture(_ request: GeminiRequest, _ visit: Visit) async throws -> String {
        let bytes = try await Studio.draw(
            prompt: request.talk.prompt,
            width: request.width,
            height: request.height,
            variation: 0,
            note: "PROVIDER-SIM · \(request.talk.model)",
            type: .png,
            quality: 90
        )
        guard case .wrongPicture(let kind) = visit.behaviour.action else { return await Studio.base64(bytes) }
        return await Studio.base64(await Studio.wrong(kind, picture: bytes))
    }
}
