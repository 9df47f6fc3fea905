import Loop
import Support
import Wire

@testable import Bus

/// A peer on the jobs link that talks without rules. With a worker's key its connection stands; with any other it
/// never does.
@BusLoop
final class Vandal {
    private let socket: Socket
    private let valid: [UInt8]

    /// Connects in the background.
    init(to address: String, keys: KeyRing, serverKey: String, context: Context) throws {
        socket = try Socket(.dealer, in: context)
        try socket.configure(.jobs)
        try socket.secureAsClient(keys, serverKey: serverKey)
        try socket.connect(address)
        var header = Envelope(
            kind: .jobCredit,
            source: Source(service: "image-worker", instance: "vandal", boot: "v1")
        )
        header.sequence = 1
        valid = try Message(header: header, body: JobCredit(total: 1)).encodeFirstFrame()
    }

    func close(linger: Duration = .zero) { socket.close(linger: linger) }

    /// Vandals with keys that nobody knows; the most that one of them could send.
    static func knock(_ count: Int, at address: String, keys folder: String, _ random: inout SeededGenerator)
        async throws -> Int
    {
        let context = Context()
        defer { context.shutdown() }
        guard let stranger = try KeyRing.inMemory()[.imageWorker] else { return .max }
        let key = try KeyRing.load(directory: folder, role: .imageWorker).publicKey(of: .gateway)
        var most = 0
        for _ in 1...count {
            let vandal = try Vandal(to: address, keys: stranger, serverKey: key, context: context)
            most = max(most, try await vandal.send(1_000, within: .milliseconds(50), random: &random))
        }
        return most
    }

    /// So many bad messages with a worker's keys, over some connections one after the other; how many were taken.
    static func flood(
        _ count: Int,
        over connections: Int,
        at address: String,
        keys folder: String,
        _ random: inout SeededGenerator
    ) async throws -> Int {
        let context = Context()
        defer { context.shutdown() }
        let keys = try KeyRing.load(directory: folder, role: .imageWorker)
        let key = try keys.publicKey(of: .gateway)
        var sent = 0
        for part in 1...connections {
            let vandal = try Vandal(to: address, keys: keys, serverKey: key, context: context)
            let due = count * part / connections - sent
            sent += try await vandal.send(due, within: .seconds(60), random: &random)
            vandal.close(linger: .seconds(5))
        }
        return sent
    }

    /// Sends so many bad messages as quickly as they are taken. How many were: without a connection, none past the
    /// queue's bound.
    func send(_ count: Int, within limit: Duration, random: inout SeededGenerator) async throws -> Int {
        let deadline = Moment.now + limit
        var sent = 0
        while sent < count, Moment.now < deadline {
            let frames = (0..<Int.random(in: 1...3, using: &random)).map { _ in garbage(&random) }
            if try socket.send(frames) == .accepted {
                sent += 1
            } else {
                try await lasting(.milliseconds(1))
            }
            if sent.isMultiple(of: 64) { await Task.yield() }
        }
        return sent
    }

    /// A good frame with something wrong, or nothing good at all.
    private func garbage(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = valid
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            return (0..<Int.random(in: 0...2_000, using: &random)).map { _ in .random(in: .min ... .max, using: &random)
            }
        case 1: return Array(bytes.prefix(.random(in: 0...bytes.count, using: &random)))
        case 2: bytes[.random(in: bytes.indices, using: &random)] ^= .random(in: 1 ... .max, using: &random)
        case 3: bytes[.random(in: 4..<12, using: &random)] = .random(in: .min ... .max, using: &random)
        default: return bytes + [UInt8](repeating: UInt8(ascii: "}"), count: .random(in: 1...64, using: &random))
        }
        return bytes
    }
}
