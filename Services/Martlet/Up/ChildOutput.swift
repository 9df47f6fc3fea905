import Glibc

/// A child's standard output: read for its ready line and kept in its log.
struct ChildOutput {
    let name: String
    let descriptor: Int32
    let log: Int32
    private(set) var isAtEnd = false
    private var line: [UInt8] = []

    /// A line longer than this is no ready line.
    private static let longestLine = 4_096

    init(name: String, descriptor: Int32, log: Int32) {
        self.name = name
        self.descriptor = descriptor
        self.log = log
    }

    /// Takes what is there and returns the whole lines in it.
    mutating func read() -> [String] {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else {
            isAtEnd = count == 0 || (errno != EAGAIN && errno != EINTR)
            return []
        }
        _ = Glibc.write(log, buffer, count)
        var lines: [String] = []
        for byte in buffer[..<count] {
            if byte == UInt8(ascii: "\n") {
                lines.append(String(decoding: line, as: UTF8.self))
                line.removeAll(keepingCapacity: true)
            } else if line.count < Self.longestLine {
                line.append(byte)
            }
        }
        return lines
    }

    func close() {
        Glibc.close(descriptor)
        Glibc.close(log)
    }

    /// The port in `ready http=127.0.0.1:8080 …`.
    static func httpPort(in line: String) -> Int? {
        let words = line.split(separator: " ")
        guard words.first == "ready", let address = words.first(where: { $0.hasPrefix("http=") }) else { return nil }
        return address.split(separator: ":").last.flatMap { Int($0) }
    }
}
