import Service
import Support
import Testing

struct BackoffTests {
    @Test func waitsDoubleWithinTheirLimitAndBeginAnewAfterSuccess() {
        var random = SeededGenerator(seed: runSeed)
        var backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
        for expected in [100, 200, 400, 800, 1_000, 1_000] {
            let wait = backoff.next(using: &random)
            #expect(wait >= .milliseconds(expected) / 2 && wait <= .milliseconds(expected))
        }
        backoff.reset()
        #expect(backoff.next(using: &random) <= .milliseconds(100))
    }
}
