import Foundation
import JSON
import Support
import Testing

/// Foundation's parser as the second opinion, on documents made from a seed (`MARTLET_SEED` brings one back).
@Suite(.timeLimit(.minutes(1))) struct OracleTests {
    @Test func documentsMeanTheSameToFoundation() throws {
        var random = SeededGenerator(seed: runSeed)
        for round in 0..<2_000 {
            let value = RandomJSON.value(depth: 4, &random)
            let text = RandomJSON.text(of: value, &random)
            let ours = try JSONValue(parsing: text)
            #expect(ours == value, "round \(round), seed \(runSeed)")
            #expect(try foundation(Array(text.utf8)) == sorted(value), "round \(round), seed \(runSeed)")
            #expect(try foundation(ours.bytes) == sorted(value), "written back, round \(round), seed \(runSeed)")
        }
    }

    @Test func damagedDocumentsAreJudgedAsByFoundation() throws {
        var random = SeededGenerator(seed: runSeed &+ 1)
        var taken = 0
        for round in 0..<8_000 {
            let value = RandomJSON.value(depth: 3, &random)
            var bytes = Array(RandomJSON.text(of: value, &random).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) { RandomJSON.damage(&bytes, &random) }
            let codes = refusals(bytes)
            let isOurs = codes[1] == nil
            taken += isOurs ? 1 : 0
            #expect(
                codes[0] == codes[1] || codes[1] == .duplicateKey,
                "scanner and tree, round \(round), seed \(runSeed)"
            )
            // Foundation takes repeated keys, guesses UTF-16 from zero bytes and takes a byte order mark.
            if codes[1] == .duplicateKey || bytes.contains(0) || bytes.starts(with: [0xEF]) { continue }
            // It refuses numbers past a double's range, which are for the reader of the number to judge.
            if let tree = try? JSONValue(parsing: bytes), hasHugeNumber(tree) { continue }
            let isTheirs = (try? foundation(bytes)) != nil
            let text = String(decoding: bytes, as: UTF8.self)
            // It takes a comma in front of a closing brace.
            if isTheirs, text.filter({ !$0.isWhitespace }).contains(",}") { continue }
            #expect(isOurs == isTheirs, "round \(round), seed \(runSeed), \(codes): \(text.debugDescription)")
        }
        #expect(taken > 400)
    }

    private func foundation(_ bytes: [UInt8]) throws -> JSONValue {
        convert(try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed))
    }

    private func convert(_ object: Any) -> JSONValue {
        switch object {
        case let text as String: return .string(text)
        case let number as NSNumber:
            // By casting, 1 is true as well; only the class tells.
            if "\(type(of: object))".contains("Bool") { return .bool(number.boolValue) }
            return .number(canonical(number.doubleValue))
        case let elements as [Any]: return .array(elements.map(convert))
        case let members as [String: Any]:
            return .object(inOrder(members.map { JSONField($0.key, convert($0.value)) }))
        default: return .null
        }
    }

    private func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let literal): return .number(canonical(Double(literal) ?? .nan))
        case .array(let elements): return .array(elements.map(sorted))
        case .object(let fields):
            return .object(inOrder(fields.map { JSONField($0.name, sorted($0.value)) }))
        default: return value
        }
    }

    private func inOrder(_ fields: [JSONField]) -> [JSONField] {
        fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private func hasHugeNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .number: value.double == nil
        case .array(let elements): elements.contains(where: hasHugeNumber)
        case .object(let fields): fields.contains { hasHugeNumber($0.value) }
        default: false
        }
    }

    private func canonical(_ number: Double) -> String { number == 0 ? "0" : "\(number)" }
}
