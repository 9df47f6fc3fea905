import HTTP
import JSON
import Loop
import Pictures

extension Runware {
    /// The pictures of one task, in the form that it asks for.
    func draw(_ picture: RunwareTask.Picture, _ task: RunwareTask, _ visit: Visit) async throws -> [RunwareWire.Result]
    {
        if visit.behaviour.action == .wrongPicture(.none) { return [] }
        var results: [RunwareWire.Result] = []
        for index in 0..<picture.count {
            let begun = Moment.now
            let bytes = try await bytes(picture, visit, index)
            let shown: RunwareWire.Shown =
                switch picture.output {
                case .url: .url(hang(bytes, picture, visit, index))
                case .base64: .base64(await Studio.base64(bytes))
                case .dataURI: .dataURI("data:\(picture.type.mediaType);base64," + (await Studio.base64(bytes)))
                }
            try await Pause.wait(visit.imageTime - (Moment.now - begun))
            results.append(
                .picture(task.id, shown, seed: picture.seed + index, cost: picture.cost, isAsync: picture.isAsync)
            )
        }
        return results
    }

    private func bytes(_ picture: RunwareTask.Picture, _ visit: Visit, _ index: Int) async throws -> [UInt8] {
        let bytes = try await Studio.draw(
            prompt: picture.prompt,
            width: picture.width,
            height: picture.height,
            variation: index,
            note: "PROVIDER-SIM · \(picture.model)",
            type: picture.type,
            quality: picture.quality
        )
        guard case .wrongPicture(let kind) = visit.behaviour.action else { return bytes }
        return await Studio.wrong(kind, picture: bytes)
    }

    /// Keeps the picture for a while and says where.
    private func hang(_ bytes: [UInt8], _ picture: RunwareTask.Picture, _ visit: Visit, _ index: Int) -> String {
        var dice = Dice(visit.exchange.requestID, variation: index)
        let name = "\(dice.letters(24)).\(picture.type.rawValue)"
        visit.sim.gallery.hang(name, Gallery.Entry(type: picture.type, bytes: bytes))
        let host = visit.exchange.request.headers["host"] ?? visit.sim.options.address
        return "http://\(host)/sim/pictures/\(name)"
    }
}
