import JSON

/// The words in which a turn, what feeds it and what carries it out speak with each other.
extension TurnMachine {
    /// What the caller wants, by product.md D1's names.
    enum Wish: String, Sendable, CaseIterable {
        case text = "reply_text"
        case image = "reply_image"
        case textAndImage = "reply_text_image"
    }

    /// The names under which a turn is told.
    struct Names: Sendable {
        let turn: String
        /// The request that the turn came by, as errors name it.
        let request: String
        /// The message that the caller asked for.
        let message: String
        /// The message that takes its place when no picture could be made.
        let instead: String
    }

    /// One way to make the picture.
    struct Step: Sendable, Equatable {
        var model: String
        var variant: String?
    }

    /// What the machine wants done. At most one of a batch is not ``tell(_:)``, and it is the last.
    enum Action: Sendable, Equatable {
        case tell(TurnFrame)
        /// Call the text model.
        case askForText
        /// Make the picture by that step of the chain.
        case makePicture(Int)
        /// The turn is over: what still runs for it is stopped.
        case end
    }

    /// Why an answer's text ended.
    enum Stop: Sendable, Equatable {
        /// In the caller's word for it, such as `stop` or `length`.
        case ended(String)
        /// The model waits for its tools.
        case toolCalls
        /// The provider's filter stopped it.
        case filtered
    }

    /// A call of a tool.
    struct ToolCall: Sendable, Equatable {
        let id: String
        /// Empty when nobody knows.
        let name: String
        /// JSON as text, as the model wrote it: it may be broken.
        var arguments: String
    }

    /// What a tool gave.
    struct ToolResult: Sendable, Equatable {
        let id: String
        let name: String
        let text: String
        /// Pictures beside the text.
        var pictures = 0
        var isError = false
    }

    /// What a provider's filter objects to.
    struct Violation: Sendable, Equatable {
        let code: String
        let message: String
    }

    /// A picture that was made and kept.
    struct Picture: Sendable, Equatable {
        let job: String
        let image: String
        let url: String
        let type: String
        let width: Int
        let height: Int
        let bytes: Int
        let sha256: String
        let costUSD: Double?
    }

    /// Why a step of the chain gave no picture.
    struct StepFailure: Sendable, Equatable {
        enum Kind: Sendable {
            /// The step can't be made at all: no such connector, no credentials.
            case config
            /// The provider answered, with no picture in it.
            case empty
            case other
        }

        let kind: Kind
        let code: String
        let message: String
        var details: [JSONField] = []
    }

    /// Why there is no picture, by D2's words.
    enum Reason: String, Sendable {
        case chainExhausted = "chain_exhausted"
        case zeroImages = "zero_images"
        case configError = "config_error"
    }
}
