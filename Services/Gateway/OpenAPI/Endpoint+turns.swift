import JSON

/// A chat turn that tells everything.
extension Endpoint {
    static let turns: [Endpoint] = [
        Endpoint("POST /api/turns", .inference, "A chat turn as a stream of frames: text, a picture, or both")
            .details(
                """
                Each frame has `event:` its name, `id:` a number that rises by one from 1, and `data:` an object with \
                the `message_id` that it belongs to; pass over names and members that you don't know. Names: \
                \(TurnFrame.Name.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")). `final` or `error` is the \
                last. Leaving the stream closes the provider's connection and cancels the picture's job.
                """
            )
            .goesByFeature()
            .takes(.ref("TurnRequest"))
            .answers(200, "The frames.", .events(.anyObject), headers: diagnostics)
            .failsAsProvidersDo()
    ]
}
