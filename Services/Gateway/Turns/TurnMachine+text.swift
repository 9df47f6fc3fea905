import JSON

/// The text of a turn: what a model says, calls and is kept from saying.
extension TurnMachine {
    /// What was said so far.
    struct Answer: Sendable {
        var text = ""
        /// Tool calls in the order in which they were opened.
        var calls: [ToolCall] = []
        /// The calls were told as a whole.
        var hasToldCalls = false
        var stop: Stop?
        /// The provider's filter was told to have found nothing.
        var hasPassed = false
        var hasViolation = false
        /// Of everything that grows with the answer.
        var bytes = 0
    }

    /// The provider answers.
    mutating func textBegan(connector: String, model: String) -> [Action] {
        guard part == .asking else { return [] }
        part = .text
        tellMeta(model: model, connector: connector)
        return taken()
    }

    mutating func tellMeta(model: String, connector: String? = nil) {
        tell(
            .meta,
            frame { writer in
                writer.field("action", message == names.instead ? Wish.text.rawValue : wish.rawValue)
                writer.optional("connector", connector)
                writer.field("model", model)
                writeDiagnosis(&writer)
            }
        )
    }

    /// Why this message stands where a picture was asked for.
    private func writeDiagnosis(_ writer: inout JSONWriter) {
        guard let diagnosis, message == names.instead else { return }
        writer.field(
            "diagnosis",
            object: { entry in
                entry.field("message_id", names.message)
                write(diagnosis, to: &entry)
            }
        )
    }

    /// More of the text.
    mutating func said(_ text: String) -> [Action] {
        growing(by: text) { turn in
            turn.answer.text += text
            turn.tell(.delta, turn.frame { $0.field("text", text) })
        }
    }

    /// More of what the model thinks.
    mutating func thought(_ text: String) -> [Action] {
        growing(by: text) { turn in turn.tell(.reasoning, turn.frame { $0.field("text", text) }) }
    }

    /// A picture inside the answer, as a `data:` URL or an address.
    mutating func showed(url: String) -> [Action] {
        growing(by: url) { turn in turn.tell(.inlineImage, turn.frame { $0.field("url", url) }) }
    }

    /// A tool call begins; calls are counted from 0.
    mutating func calls(id: String, name: String) -> [Action] {
        growing(by: id + name) { turn in
            turn.answer.calls.append(ToolCall(id: id, name: name, arguments: ""))
            turn.tellPiece(of: turn.answer.calls.count - 1, "")
        }
    }

    /// More of a call's arguments.
    mutating func argued(_ index: Int, _ piece: String) -> [Action] {
        guard answer.calls.indices.contains(index) else { return [] }
        return growing(by: piece) { turn in
            turn.answer.calls[index].arguments += piece
            turn.tellPiece(of: index, piece)
        }
    }

    private mutating func tellPiece(of index: Int, _ piece: String) {
        let call = answer.calls[index]
        tell(
            .toolCallDelta,
            frame { writer in
                writer.field("index", index)
                writer.field("id", call.id)
                writer.field("name", call.name)
                writer.field("arguments", piece)
            }
        )
    }

    /// The provider runs a tool itself.
    mutating func ran(_ call: ToolCall) -> [Action] {
        growing(by: call.arguments) { $0.tellRun(call) }
    }

    /// What that gave.
    mutating func ran(_ result: ToolResult) -> [Action] {
        growing(by: "") { $0.tellRun(result) }
    }

    /// The provider's filter has looked; nil is no objection, which is told once.
    mutating func filtered(_ violation: Violation?) -> [Action] {
        guard part == .text else { return [] }
        if violation == nil {
            guard !answer.hasPassed, !answer.hasViolation else { return [] }
            answer.hasPassed = true
        }
        tellFilter(violation)
        return taken()
    }

    mutating func tellFilter(_ violation: Violation?) {
        if violation != nil { answer.hasViolation = true }
        tell(
            .shieldCall,
            frame { writer in
                guard let violation else { return writer.null("violation") }
                writer.field(
                    "violation",
                    object: { entry in
                        entry.field("code", violation.code)
                        entry.field("message", violation.message)
                    }
                )
            }
        )
    }

    /// The model has said all that it says now. The provider's last word, such as what it took, may still come.
    mutating func stopped(_ stop: Stop) -> [Action] {
        guard part == .text, answer.stop == nil else { return [] }
        answer.stop = stop
        tellCalls()
        if stop == .filtered, !answer.hasViolation {
            tellFilter(Violation(code: "content_filter", message: "The provider's filter stopped the answer."))
        }
        return taken()
    }

    /// The provider's answer is complete.
    ///
    /// - Parameters:
    ///   - inputTokens: where told.
    ///   - outputTokens: where told.
    mutating func textEnded(inputTokens: Int?, outputTokens: Int?) -> [Action] {
        guard part == .text else { return [] }
        tellCalls()
        tell(
            .done,
            frame { writer in
                writer.field("stop_reason", stopReason)
                writer.field(
                    "usage",
                    object: { usage in
                        usage.field("input_tokens", inputTokens)
                        usage.field("output_tokens", outputTokens)
                    }
                )
                writeDiagnosis(&writer)
            }
        )
        if !answer.calls.isEmpty {
            awaitInput()
        } else if wish == .textAndImage {
            beginPicture()
        } else {
            complete()
        }
        return taken()
    }

    private var stopReason: String {
        switch answer.stop {
        case .ended(let word): word
        case .toolCalls: "tool_calls"
        case .filtered: "content_filter"
        case nil: "other"
        }
    }

    private mutating func awaitInput() {
        tell(
            .turnAwaitingInput,
            frame { writer in
                writer.field("text", answer.text)
                writer.field(
                    "tool_calls",
                    array: { list in for call in answer.calls { list.object { Self.write(call, &$0) } } }
                )
            }
        )
        finish()
    }

    // MARK: Tools

    /// Every call as a whole, once.
    private mutating func tellCalls() {
        guard !answer.hasToldCalls else { return }
        answer.hasToldCalls = true
        for (index, call) in answer.calls.enumerated() {
            tell(
                .toolCall,
                frame { writer in
                    writer.field("index", index)
                    Self.write(call, &writer)
                }
            )
        }
    }

    mutating func tellRun(_ call: ToolCall) {
        tell(
            .toolExecution,
            frame { writer in
                writer.field("step", "call")
                Self.write(call, &writer)
            }
        )
    }

    mutating func tellRun(_ result: ToolResult) {
        tell(
            .toolExecution,
            frame { writer in
                writer.field("step", "result")
                writer.field("id", result.id)
                writer.field("name", result.name)
                writer.field("summary", Self.summary(result.text))
                writer.field("bytes", result.text.utf8.count)
                writer.field("pictures", result.pictures)
                writer.field("is_error", result.isError)
            }
        )
    }

    /// The arguments as text, and beside it as an object where they are one.
    private static func write(_ call: ToolCall, _ writer: inout JSONWriter) {
        let arguments = call.arguments.isEmpty ? "{}" : call.arguments
        writer.field("id", call.id)
        writer.field("name", call.name)
        writer.field("arguments", arguments)
        guard let value = try? JSONValue(parsing: arguments), value.object != nil else { return }
        writer.field("arguments_object", value)
    }

    /// The longest summary, in characters.
    static let summaryLength = 240

    /// The beginning of a result on one line; an ellipsis says that more was there.
    static func summary(_ text: String) -> String {
        var words = ""
        var isSpace = true
        for character in text {
            if words.count >= summaryLength { return words + "…" }
            if character.isWhitespace {
                if !isSpace { words.append(" ") }
                isSpace = true
            } else {
                words.append(character)
                isSpace = false
            }
        }
        return isSpace ? String(words.dropLast()) : words
    }

    // MARK: Bounds

    /// Tells more of the answer, or that there is too much of it.
    private mutating func growing(by text: String, _ change: (inout TurnMachine) -> Void) -> [Action] {
        guard part == .text else { return [] }
        answer.bytes += text.utf8.count + Self.frameBytes
        guard answer.bytes <= Self.answerLimit else {
            return failed(GatewayError(.malformedResponse, "The provider's answer is longer than a turn may be."))
        }
        change(&self)
        return taken()
    }

    /// What a piece counts beside its text.
    private static let frameBytes = 16
}
