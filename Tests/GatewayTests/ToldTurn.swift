import JSON
import Testing

@testable import Gateway

/// A turn's machine with everything that it has told, held to what every turn keeps: numbers that rise by one, one
/// last frame, and orders that are due.
struct ToldTurn {
    struct Frame {
        let name: TurnFrame.Name
        let data: JSONValue

        subscript(name: String) -> JSONValue? { data[name] }
    }

    /// What the machine waits for.
    enum Order: Equatable {
        case text
        case picture(Int)
        case end
    }

    static let names = TurnMachine.Names(turn: "turn_1", request: "req_1", message: "msg_X", instead: "msg_Y")

    var machine: TurnMachine
    private(set) var frames: [Frame] = []
    private(set) var order: Order?

    init(_ wish: TurnMachine.Wish, steps: Int = 2) {
        let chain = (0..<steps).map { TurnMachine.Step(model: "paint-\($0)", variant: $0 == 0 ? nil : "hd") }
        machine = TurnMachine(wish, names: Self.names, steps: chain)
    }

    var isOver: Bool { order == .end }
    var said: [String] { frames.map(\.name.rawValue) }

    /// The frames of product.md D3, without those that only tell more.
    var lifecycle: [String] {
        let names: Set<TurnFrame.Name> = [
            .meta, .delta, .done, .imagePending, .imageAttempt, .image, .imageFailed, .final, .error,
        ]
        return frames.filter { names.contains($0.name) }.map(\.name.rawValue)
    }

    func frames(_ name: TurnFrame.Name) -> [Frame] { frames.filter { $0.name == name } }

    func first(_ name: TurnFrame.Name) throws -> Frame {
        try #require(frames.first { $0.name == name }, "no \(name.rawValue) in \(said)")
    }

    /// Has something happen to the machine, and takes what it answers.
    mutating func hear(
        _ happening: (inout TurnMachine) -> [TurnMachine.Action],
        _ location: SourceLocation = #_sourceLocation
    ) {
        let wasOver = isOver
        let actions = happening(&machine)
        #expect(!wasOver || actions.isEmpty, "it is over", sourceLocation: location)
        for (place, action) in actions.enumerated() {
            switch action {
            case .tell(let frame):
                #expect(frames.last?.name.isLast != true, "a frame after the last one", sourceLocation: location)
                #expect(frame.number == frames.count + 1, "numbers rise by one", sourceLocation: location)
                let data = try? JSONValue(parsing: frame.data)
                #expect(data?.object != nil, "\(frame.name) isn't an object", sourceLocation: location)
                frames.append(Frame(name: frame.name, data: data ?? .null))
            case .askForText: order = .text
            case .makePicture(let step): order = .picture(step)
            case .end: order = .end
            }
            if case .tell = action { continue }
            #expect(place == actions.count - 1, "an order is the last action", sourceLocation: location)
        }
    }

    // MARK: What happens

    mutating func begin() { hear { $0.began() } }

    /// A whole answer of the text model.
    mutating func answerText(_ pieces: String...) {
        hear { $0.textBegan(connector: "house", model: "talk-1") }
        for piece in pieces { hear { $0.said(piece) } }
        hear { $0.stopped(.ended("stop")) }
        hear { $0.textEnded(inputTokens: 3, outputTokens: 5) }
    }

    mutating func makePicture() {
        let picture = TurnMachine.Picture(
            job: "job_1",
            image: "img_1",
            url: "/api/images/img_1/content",
            type: "image/webp",
            width: 64,
            height: 32,
            bytes: 99,
            sha256: "ab",
            costUSD: 0.04
        )
        hear { $0.pictureMade(picture) }
    }

    mutating func failPicture(_ kind: TurnMachine.StepFailure.Kind = .other, code: String = "timeout") {
        hear { $0.pictureFailed(.init(kind: kind, code: code, message: "No picture.", details: [])) }
    }
}
