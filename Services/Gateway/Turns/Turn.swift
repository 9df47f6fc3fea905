import HTTP
import Loop
import Providers

/// One turn under way: it carries out what its ``TurnMachine`` decides, and tells it what came of it.
@NetLoop
final class Turn {
    /// What a turn is made with.
    struct Parts {
        let chat: ChatHandler
        let pictures: TurnPictures
        let upstream: Upstream
        /// After how long without a frame a heartbeat is sent.
        let silence: Duration
    }

    private let call: Call
    private let request: TurnRequest
    private let parts: Parts
    private let out: TurnStream
    private var machine: TurnMachine
    private var order: Order?
    /// Ends what runs for the turn.
    private var stop: @NetLoop () -> Void = {}

    /// What is to be done next.
    private enum Order {
        case text
        case picture(Int)
    }

    /// - Parameter steps: the picture's chain, as it is told.
    init(_ request: TurnRequest, _ call: Call, _ parts: Parts, steps: [TurnMachine.Step]) {
        self.call = call
        self.request = request
        self.parts = parts
        out = TurnStream(call.exchange, silence: parts.silence)
        let names = TurnMachine.Names(
            turn: Identifier.make("turn"),
            request: call.exchange.requestID,
            message: Identifier.make("msg"),
            instead: Identifier.make("msg")
        )
        machine = TurnMachine(request.wish, names: names, steps: steps)
    }

    /// Runs to the turn's end. Throws only while nothing was answered.
    func run() async throws {
        defer { out.finish() }
        out.onSilence = { [unowned self] in perform(machine.wasSilent()) }
        perform(machine.began(after: request.runs))
        while let order {
            self.order = nil
            switch order {
            case .text: try await answer()
            case .picture(let step): try await make(step)
            }
        }
    }

    private func perform(_ actions: [TurnMachine.Action]) {
        for action in actions {
            switch action {
            case .tell(let frame): out.write(frame)
            case .askForText: order = .text
            case .makePicture(let step): order = .picture(step)
            case .end:
                order = nil
                stop()
            }
        }
    }

    // MARK: The text

    private func answer() async throws {
        do {
            try await parts.chat.ask(
                call,
                request.chat,
                in: OpenAISurface(),
                feature: request.feature,
                hasBegun: { self.machine.part != .asking }
            ) { answering in
                try await self.take(&answering)
            }
        } catch {
            guard !call.exchange.hasLeft else { return perform(machine.left()) }
            let failure = GatewayError(anything: error)
            guard out.isOpen else { throw failure }
            perform(machine.failed(failure))
        }
    }

    /// An answer that begins well. While another attempt may follow, nothing is told before its first piece.
    private func take(_ answering: inout ChatHandler.Answering) async throws {
        let (transfer, target) = (answering.transfer, answering.attempt.target)
        stop = { transfer.cancel() }
        defer { stop = {} }
        answering.journal.answeredAt = .now
        let headers = answering.journal.headers(contentType: "").filter { $0.0 != "content-type" }
        let begin: @NetLoop () -> Void = { [self] in
            out.open(headers)
            perform(machine.textBegan(connector: target.connector.displayName, model: target.model))
        }
        if !answering.attempt.mayBeFollowed { begin() }
        let text = TurnText(answering.course.codec.streamReader(), transfer)
        let ending = await text.run(to: out, of: call.exchange) { [self] event in
            if event.isContent { begin() }
            perform(machine.heard(event))
        }
        answering.journal.usage = text.usage
        answering.journal.firstPieceAt = text.firstPieceAt
        switch ending {
        case .left:
            answering.journal.end(.cancelled)
            perform(machine.left())
        case .failed(let error):
            guard machine.part != .asking else { throw error }
            let failure = machine.problem ?? parts.upstream.translate(error)
            answering.journal.end(.failed(failure.code))
            perform(machine.failed(failure))
        case .complete:
            answering.journal.end(machine.problem.map { .failed($0.code) } ?? .succeeded)
            begin()
            perform(machine.textEnded(inputTokens: text.usage?.inputTokens, outputTokens: text.usage?.outputTokens))
        }
    }

    // MARK: The picture

    private func make(_ step: Int) async throws {
        let accepted: ImageCounter.Accepted
        do {
            accepted = try await parts.pictures.accept(request.chain[step], of: request, from: call)
        } catch {
            guard !call.exchange.hasLeft else { return perform(machine.left()) }
            let failure = GatewayError(anything: error)
            if !out.isOpen, failure.isOfThisGateway { throw failure }
            return perform(machine.pictureFailed(.init(failure)))
        }
        out.open()
        switch await parts.pictures.outcome(of: accepted, for: call) {
        case .made(let picture): perform(machine.pictureMade(picture))
        case .failed(let failure): perform(machine.pictureFailed(failure))
        case .left: perform(machine.left())
        }
    }
}

extension ChatEvent {
    /// A part of the answer, after which no other connector takes over.
    fileprivate var isContent: Bool {
        switch self {
        case .start, .usage, .other: false
        default: true
        }
    }
}

extension GatewayError {
    /// It says nothing about what was asked for, only that this gateway can't take it now.
    fileprivate var isOfThisGateway: Bool {
        switch code {
        case .storageFull, .notReady, .unexpected: true
        default: false
        }
    }
}
