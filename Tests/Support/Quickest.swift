import Loop

/// The shortest of a few tries; there are no more of them once one is shorter than `bound`.
///
/// For a promise of time, kept on a machine that is busy with other tests: code that is slow is slow in each try. A try
/// returns the time between two moments noted where they happen, so the test's own wait for its turn is not in it.
public func quickest(
    of tries: Int = 5,
    within bound: Duration,
    _ attempt: () async throws -> Duration
) async throws -> Duration {
    var best = try await attempt()
    for _ in 1..<tries where best >= bound { best = min(best, try await attempt()) }
    return best
}
