import Glibc
import Support

/// Connections of people who have no key: they say what comes to their mind, and go.
enum Strangers {
    /// What a stranger says first.
    private enum Opening: CaseIterable {
        /// Any bytes.
        case noise
        /// The greeting of ZMTP 3 with the NULL mechanism, and a READY as if that were enough.
        case null
        /// The greeting with CURVE, and half a HELLO.
        case curve
        /// A frame that promises a gigabyte.
        case giant
        /// Nothing at all.
        case silence
    }

    /// Connects that often, a hundred at a time, with something else each time.
    static func call(_ count: Int, ports: [Int], random: inout SeededGenerator) {
        var open: [Int32] = []
        for number in 0..<count {
            guard let descriptor = Loopback.connect(port: ports[number % ports.count]) else { continue }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            let opening = Opening.allCases[number / ports.count % Opening.allCases.count]
            let bytes = bytes(opening, &random)
            _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            open.append(descriptor)
            if open.count > 100 { close(open.removeFirst()) }
        }
        for descriptor in open { close(descriptor) }
    }

    private static func bytes(_ opening: Opening, _ random: inout SeededGenerator) -> [UInt8] {
        switch opening {
        case .noise: return noise(.random(in: 1...4_096, using: &random), &random)
        case .null: return greeting("NULL") + [4, 6, 5] + Array("READY".utf8)
        case .curve: return greeting("CURVE") + [4, 200, 5] + Array("HELLO".utf8) + noise(64, &random)
        case .giant: return greeting("NULL") + [2, 0, 0, 0, 0, 0x40, 0, 0, 0] + noise(8_192, &random)
        case .silence: return []
        }
    }

    private static func greeting(_ mechanism: String) -> [UInt8] {
        var name = Array(mechanism.utf8)
        name += [UInt8](repeating: 0, count: 20 - name.count)
        return [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0] + name + [UInt8](repeating: 0, count: 32)
    }

    private static func noise(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in .random(in: .min ... .max, using: &random) }
    }
}
