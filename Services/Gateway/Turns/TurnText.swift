import HTTP
import Loop
import Providers

/// Reads a provider's streamed answer to a turn, event by event, in the transfer's callbacks.
///
/// Above the client's mark the provider isn't read. After a failure in the middle its connection is closed at once.
@NetLoop
final class TurnText {
    private var reader: any ChatStreamReader
    private let transfer: Transfer
    private var failure: ProviderError?
    /// The last usage that the provider told.
    private(set) var usage: Usage?
    /// When the first bytes came.
    private(set) var firstPieceAt: Moment?

    init(_ reader: any ChatStreamReader, _ transfer: Transfer) {
        self.reader = reader
        self.transfer = transfer
    }

    /// Reads to the end of the answer.
    ///
    /// - Parameters:
    ///   - out: the client's side.
    ///   - tell: takes each event within the call.
    func run(
        to out: TurnStream,
        of exchange: Exchange,
        tell: @escaping @NetLoop (ChatEvent) -> Void
    ) async -> ChatRelay.Ending {
        out.onDrain = { [transfer] in transfer.resume() }
        transfer.onBytes = { [self] bytes in
            take(bytes, tell)
            return out.isAboveMark ? .pause : .more
        }
        defer {
            transfer.onBytes = nil
            out.onDrain = nil
        }
        var broken: HTTPError?
        do {
            try await transfer.end()
        } catch {
            broken = error
        }
        if exchange.hasLeft { return .left }
        if failure == nil { read({ (reader, emit) throws(ProviderError) in try reader.end(emit) }, tell) }
        guard let failure else { return .complete }
        // A connection that breaks explains an answer that isn't complete.
        if let broken, broken.code != .cancelled { return .failed(broken) }
        return .failed(failure)
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ tell: @NetLoop (ChatEvent) -> Void) {
        if firstPieceAt == nil { firstPieceAt = .now }
        guard failure == nil else { return }
        read({ (reader, emit) throws(ProviderError) in try reader.feed(bytes, emit) }, tell)
        if failure != nil { transfer.cancel() }
    }

    /// What came before a failure counts.
    private func read(
        _ body: (inout any ChatStreamReader, (ChatEvent) -> Void) throws(ProviderError) -> Void,
        _ tell: @NetLoop (ChatEvent) -> Void
    ) {
        var events: [ChatEvent] = []
        do throws(ProviderError) {
            try body(&reader) { events.append($0) }
        } catch {
            failure = error
        }
        for event in events {
            if case .usage(let told) = event { usage = told }
            tell(event)
        }
    }
}

extension TurnMachine {
    /// The model's answer goes on.
    mutating func heard(_ event: ChatEvent) -> [Action] {
        switch event {
        case .text(let text): said(text)
        case .reasoning(let text): thought(text)
        case .image(let image): showed(url: DataURL.text(image.source))
        case .toolCall(_, let id, let name, _): calls(id: id, name: name)
        case .toolArguments(let index, let piece): argued(index, piece)
        case .hostedCall(let call): ran(.init(id: call.id, name: call.name, arguments: call.arguments))
        case .hostedResult(let result): ran(.init(result, name: ""))
        case .filter(let objection): filtered(objection.map { Violation(objection: $0) })
        case .stop(let reason, _): stopped(Stop(reason))
        case .other, .reasoningSignature, .redactedReasoning: wasSilent()
        case .start, .usage: []
        }
    }
}

extension TurnMachine.Stop {
    init(_ reason: StopReason) {
        switch reason {
        case .toolCalls: self = .toolCalls
        case .contentFilter: self = .filtered
        default: self = .ended(reason.rawValue)
        }
    }
}

extension TurnMachine.Violation {
    /// What the provider's filter calls it.
    init(objection: String) {
        self.init(code: objection, message: "The provider's filter objects to this.")
    }
}
