import Providers
import Support
import Testing

/// Stored answers with a few bytes changed: whatever they come to, nothing traps, and what is said of them stays short.
@Suite struct MutatedAnswerTests {
    private static let tokens = [
        "null", "true", "-1", "1e308", "99999999999999999999", "\"\"", "[]", "{}", "\"\\ud800\"", "[[[[", "\n\n",
        "data: ",
    ].map { Array($0.utf8) }

    private static func mutate(_ bytes: [UInt8], _ numbers: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &numbers) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &numbers)
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &numbers)
            case 1: bytes.remove(at: at)
            case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &numbers)))
            default: bytes.insert(contentsOf: tokens.randomElement(using: &numbers) ?? [], at: at)
            }
        }
        return bytes
    }

    private static func read(_ fixture: Fixture, _ bytes: [UInt8]) -> [ProviderError] {
        var errors = [fixture.adapter.failure(status: 400, header: { _ in nil }, body: bytes)]
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { if let error = error as? ProviderError { errors.append(error) } }
        }
        attempt { _ = try fixture.adapter.images(from: bytes) }
        attempt { _ = try fixture.adapter.models(from: bytes) }
        if let error = fixture.adapter.health(status: 200, header: { _ in nil }, body: bytes) { errors.append(error) }
        guard let codec = fixture.codec else { return errors }
        attempt { _ = try codec.result(from: bytes) }
        attempt { _ = try codec.facts(of: bytes) }
        var reader = codec.streamReader()
        attempt { try bytes.withUnsafeBytes { try reader.feed($0) { _ in } } }
        if var watch = codec.watch(hidesUsage: true) {
            bytes.withUnsafeBytes { watch.feed($0) { _ in } }
            _ = watch.end { _ in }
        }
        return errors
    }

    @Test(arguments: Fixture.all)
    func noChangedByteTraps(_ fixture: Fixture) {
        var numbers = SeededGenerator(seed: runSeed)
        for round in 0..<150 {
            for error in Self.read(fixture, Self.mutate(fixture.bytes, &numbers)) {
                #expect(error.message.utf8.count < 300, "seed \(runSeed), round \(round)")
            }
        }
    }
}
