import HTTP

/// Lets one at a time through for each provider, in the order of coming.
@NetLoop
final class ProviderLanes {
    /// Who waits, by lane; a lane that is here is taken.
    private var lanes: [String: [CheckedContinuation<Void, Never>]] = [:]

    func run<T: Sendable>(in lane: String, _ body: @NetLoop () async -> T) async -> T {
        if lanes[lane] == nil {
            lanes[lane] = []
        } else {
            await withCheckedContinuation { lanes[lane]?.append($0) }
        }
        let result = await body()
        if lanes[lane]?.isEmpty == false { lanes[lane]?.removeFirst().resume() } else { lanes[lane] = nil }
        return result
    }
}
