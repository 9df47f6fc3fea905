import HTTP
import JSON
import Loop
import Pictures

extension OpenAIFamily {
    func images(_ visit: Visit) async throws(HTTPError) {
        let request: ImageRequest
        let body = try await body(visit)
        do throws(Refusal) {
            request = try ImageRequest(body.get(), strict: visit.sim.options.strict)
        } catch {
            _ = admits(visit, model: (try? body.get())?["model"]?.string ?? "", prompt: "", refusal: error)
            return
        }
        guard admits(visit, model: request.model, prompt: request.prompt) else { return }
        try await visit.think()
        let whole = { OpenAIWire.images(request, created: Self.now, []) }
        let failed = failing(request.model, images: true)
        if try await visit.answersOddly(streams: request.stream, failed: failed, whole: whole) { return }
        do {
            if request.stream {
                try await stream(request, visit)
            } else {
                try await answer(request, visit)
            }
        } catch let error as HTTPError {
            throw error
        } catch {
            visit.send(reply(to: .server))
        }
    }

    private func answer(_ request: ImageRequest, _ visit: Visit) async throws {
        let images = try await pictures(request, visit)
        let reply = Reply(200, json: dressedImages(OpenAIWire.images(request, created: Self.now, images)))
        visit.send(reply, headers: headers(request.model, tokens: request.usage.input))
    }

    /// All pictures of a request, in the form that it wants.
    func pictures(_ request: ImageRequest, _ visit: Visit) async throws -> [OpenAIWire.Image] {
        var images: [OpenAIWire.Image] = []
        for index in 0..<request.count {
            let begun = Moment.now
            let bytes = try await picture(request, visit, index)
            try await Pause.wait(visit.imageTime - (Moment.now - begun))
            if visit.behaviour.action == .wrongPicture(.none) { continue }
            if request.wantsURL {
                images.append(.url(hang(bytes, request, visit, index)))
            } else {
                images.append(.base64(await Studio.base64(bytes)))
            }
        }
        return images
    }

    private func stream(_ request: ImageRequest, _ visit: Visit) async throws {
        let events = visit.exchange.eventStream(headers(request.model, tokens: request.usage.input), keepAlive: nil)
        let step = visit.imageTime / (request.partials + 1)
        for index in 0..<request.partials {
            let begun = Moment.now
            let draft = try await picture(request, visit, 0, share: Double(index + 1) / Double(request.partials + 1))
            let base64 = await Studio.base64(draft)
            try await Pause.wait(step - (Moment.now - begun))
            let event = OpenAIWire.partialImage(request, created: Self.now, index: index, base64: base64)
            try await events.send(name: "image_generation.partial_image", data: event)
        }
        if try await breaks(events, visit, head("img-", request.model, visit)) { return }
        let begun = Moment.now
        let base64 = await Studio.base64(try await picture(request, visit, 0))
        try await Pause.wait(step - (Moment.now - begun))
        let event = OpenAIWire.completedImage(request, created: Self.now, base64: base64)
        try await events.send(name: "image_generation.completed", data: event)
        events.finish()
        visit.end("200")
    }

    private func picture(_ request: ImageRequest, _ visit: Visit, _ index: Int, share: Double = 1) async throws
        -> [UInt8]
    {
        let bytes = try await Studio.draw(
            prompt: request.prompt,
            width: request.width,
            height: request.height,
            variation: index,
            note: "PROVIDER-SIM · \(request.model)",
            type: request.type,
            quality: request.compression,
            share: share
        )
        guard case .wrongPicture(let kind) = visit.behaviour.action else { return bytes }
        return await Studio.wrong(kind, picture: bytes)
    }

    /// Keeps the picture for a while and says where.
    private func hang(_ bytes: [UInt8], _ request: ImageRequest, _ visit: Visit, _ index: Int) -> String {
        var dice = Dice(visit.exchange.requestID, variation: index)
        let name = "\(dice.letters(24)).\(request.type.rawValue)"
        visit.sim.gallery.hang(name, Gallery.Entry(type: request.type, bytes: bytes))
        let host = visit.exchange.request.headers["host"] ?? visit.sim.options.address
        return "http://\(host)/sim/pictures/\(name)"
    }
}
