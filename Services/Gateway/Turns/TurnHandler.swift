import HTTP
import JSON

/// `POST /api/turns`: one chat turn as a stream of events that tells everything.
///
/// What is wrong with the request, and whatever fails before a provider answers or a picture's job is accepted, is an
/// ordinary error of `/api/*`; what fails later is a frame. See ``TurnMachine`` for the frames' order.
@NetLoop
final class TurnHandler {
    private let parts: Turn.Parts
    private let ballast: Ballast

    init(_ parts: Turn.Parts, ballast: Ballast) {
        self.parts = parts
        self.ballast = ballast
    }

    func run(_ call: Call) async throws {
        let request = try TurnRequest(try await call.object(limit: .max))
        // A picture must last; a chat goes on without room.
        if request.wish != .text, ballast.isReleased { throw GatewayError.diskFull }
        let steps = await parts.pictures.steps(of: request, for: call)
        try await Turn(request, call, parts, steps: steps).run()
    }
}
