import HTTP
import JSON

/// Picks a model for a command that names none.
enum Catalogue {
    enum Purpose {
        case chat
        case image

        /// Judged by the name, which is all that the list gives.
        func suits(_ model: String) -> Bool {
            switch self {
            case .image: Self.pictures.contains { model.contains($0) }
            case .chat: !(Self.pictures + Self.others).contains { model.contains($0) }
            }
        }

        private static let pictures = ["image", "dall-e", "flux", "imagine", "runware"]
        private static let others = [
            "embed", "audio", "tts", "whisper", "transcribe", "moderation", "realtime", "sora",
        ]
    }

    /// The first model on offer that suits.
    @NetLoop
    static func firstModel(_ purpose: Purpose, _ gateway: GatewayClient) async throws(CommandError) -> String {
        let models = (try await gateway.call("GET", "/v1/models")["data"]?.array ?? []).compactMap { $0["id"]?.string }
        guard let model = models.first(where: purpose.suits) else {
            throw CommandError(.failed, "no \(purpose) model on offer; create a connector, or name one with --model")
        }
        return model
    }
}
