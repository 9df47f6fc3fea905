import JSON

/// One chat turn: what happens goes in, the frames for its client and what is to be done next come out.
///
/// A turn is text, a picture, or one after the other, each told under a message's name:
///
/// | wish | frames |
/// |---|---|
/// | `reply_text` | meta → delta* → done → final |
/// | `reply_text_image` | meta → delta* → done → image_pending → image_attempt* → (image or image_failed) → final |
/// | `reply_image` | image_pending → image_attempt* → meta → image → done → final |
/// | the same, without a picture | image_pending(X) → image_attempt*(X) → image_failed(X) → meta(Y) → delta* → done(Y) → final |
///
/// Around these stand the frames that tell everything: `turn_start` first, tools and filters where they happen,
/// `turn_complete` or `turn_awaiting_input` before `final`, `heartbeat` whenever. A failure of the text is an `error`,
/// with nothing after it; one of the picture is `image_failed`, and the turn goes on. A turn that waits for its tools
/// makes no picture: that belongs to the turn that brings their results.
///
/// Once it is over nothing changes it: what comes too late gives no actions.
struct TurnMachine: Sendable {
    /// What the turn is at.
    enum Part: Equatable {
        case new
        /// The provider of the text was called; its answer hasn't begun.
        case asking
        case text
        /// A step of the picture's chain.
        case picture(step: Int)
        case over
    }

    /// The most text, reasoning and arguments of an answer that is kept for its end, in bytes.
    static let answerLimit = 8 << 20

    let wish: Wish
    let names: Names
    let steps: [Step]
    var part = Part.new
    /// The message that is told now.
    var message: String
    var answer = Answer()
    /// What the steps before came to.
    var failures: [StepFailure] = []
    /// Why the turn could not go on.
    private(set) var problem: GatewayError?
    /// Why the picture that was asked for is missing.
    var diagnosis: Reason?
    private var picture: Picture?
    private var count = 0
    private var actions: [Action] = []

    /// - Parameter steps: the picture's chain; not looked at for a text alone.
    init(_ wish: Wish, names: Names, steps: [Step] = []) {
        self.wish = wish
        self.names = names
        self.steps = steps
        message = names.message
    }

    /// The turn is on its way.
    ///
    /// - Parameter runs: the tools that the caller has run for it since the turn before.
    mutating func began(after runs: [(call: ToolCall, result: ToolResult)] = []) -> [Action] {
        guard part == .new else { return [] }
        tell(
            .turnStart,
            frame { writer in
                writer.field("turn_id", names.turn)
                writer.field("action", wish.rawValue)
            }
        )
        for run in runs {
            tellRun(run.call)
            tellRun(run.result)
        }
        if wish == .image { beginPicture() } else { askForText() }
        return taken()
    }

    /// Nothing was sent for a while, or something happened that has no frame.
    mutating func wasSilent() -> [Action] {
        guard part != .over else { return [] }
        let phase =
            switch part {
            case .picture: "image"
            default: "text"
            }
        tell(.heartbeat, frame { $0.field("phase", phase) })
        return taken()
    }

    /// The client is gone.
    mutating func left() -> [Action] {
        guard part != .over else { return [] }
        part = .over
        return [.end]
    }

    /// It can't go on.
    mutating func failed(_ error: GatewayError) -> [Action] {
        guard part != .over else { return [] }
        if error.code == .providerRejected, !answer.hasViolation {
            let told = error.details.first { $0.name == "provider_code" }?.value.string
            tellFilter(Violation(code: told ?? error.code.rawValue, message: error.message))
        }
        part = .over
        problem = error
        tell(.error, ErrorAnswer.native(error, requestID: names.request))
        actions.append(.end)
        return taken()
    }

    // MARK: The picture

    mutating func beginPicture() {
        tell(.imagePending, frame { _ in })
        next(from: 0)
    }

    private mutating func next(from step: Int) {
        guard steps.indices.contains(step) else { return giveUpPicture() }
        part = .picture(step: step)
        tell(
            .imageAttempt,
            frame { writer in
                writer.field("model", steps[step].model)
                writer.field("variant", steps[step].variant)
                writer.field("index", step)
                writer.field("total", steps.count)
            }
        )
        actions.append(.makePicture(step))
    }

    /// The picture is made and kept.
    mutating func pictureMade(_ picture: Picture) -> [Action] {
        guard case .picture(let step) = part else { return [] }
        self.picture = picture
        let made = steps[step]
        let image = frame { writer in
            writer.field("image_id", picture.image)
            writer.field("job_id", picture.job)
            writer.field("model", made.model)
            writer.field("variant", made.variant)
            writer.field("url", picture.url)
            writer.field("type", picture.type)
            writer.field("width", picture.width)
            writer.field("height", picture.height)
            writer.field("bytes", picture.bytes)
            writer.field("sha256", picture.sha256)
            writer.optional("cost_usd", picture.costUSD)
        }
        if wish == .image { tellMeta(model: made.model) }
        tell(.image, image)
        if wish == .image { tell(.done, frame { $0.field("stop_reason", "stop") }) }
        complete()
        return taken()
    }

    /// The step under way gave no picture: the next one is tried, if there is one.
    mutating func pictureFailed(_ failure: StepFailure) -> [Action] {
        guard case .picture(let step) = part else { return [] }
        failures.append(failure)
        next(from: step + 1)
        return taken()
    }

    private mutating func giveUpPicture() {
        let reason: Reason =
            if failures.allSatisfy({ $0.kind == .config }) {
                .configError
            } else if failures.allSatisfy({ $0.kind == .empty }) {
                .zeroImages
            } else {
                .chainExhausted
            }
        diagnosis = reason
        tell(.imageFailed, frame { write(reason, to: &$0) })
        guard wish == .image else { return complete() }
        message = names.instead
        askForText()
    }

    /// The reason, and what each step came to.
    func write(_ reason: Reason, to writer: inout JSONWriter) {
        writer.field("reason", reason.rawValue)
        writer.field(
            "attempts",
            array: { list in
                for (step, failure) in zip(steps, failures) {
                    list.object { entry in
                        entry.field("model", step.model)
                        entry.field("variant", step.variant)
                        entry.field("code", failure.code)
                        entry.field("message", failure.message)
                        entry.field("details", .object(failure.details))
                    }
                }
            }
        )
    }

    // MARK: Ends and frames

    mutating func complete() {
        tell(
            .turnComplete,
            frame { writer in
                writer.field("text", answer.text)
                writer.optional("image_id", picture?.image)
            }
        )
        finish()
    }

    mutating func finish() {
        tell(.final, frame { $0.field("turn_id", names.turn) })
        part = .over
        actions.append(.end)
    }

    mutating func askForText() {
        part = .asking
        actions.append(.askForText)
    }

    /// A frame's data; each names the message that it belongs to.
    func frame(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("message_id", message)
            members(&writer)
        }
    }

    mutating func tell(_ name: TurnFrame.Name, _ data: [UInt8]) {
        count += 1
        actions.append(.tell(TurnFrame(name: name, number: count, data: data)))
    }

    mutating func taken() -> [Action] {
        defer { actions = [] }
        return actions
    }
}
