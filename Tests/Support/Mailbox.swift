import Glibc
import Synchronization

/// A tiny SMTP server on the loopback: takes every letter, or refuses as many as it is told.
public final class Mailbox: Sendable {
    /// A letter as it came.
    public struct Letter: Sendable {
        /// The envelope's sender, in its brackets.
        public var from = ""
        /// The envelope's recipients, in their brackets.
        public var to: [String] = []
        /// Headers and body, with the lines' ends as they came.
        public var text = ""
    }

    private struct State {
        var letters: [Letter] = []
        var refusals = 0
        var refused: [Letter] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let listener: Int32
    /// The port that it took.
    public let port: UInt16

    /// Listens, on a thread of its own, until it is released; one that doesn't greet says nothing at all.
    public init(greets: Bool = true) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard status else { throw NeverHappened(description: "no mailbox: errno \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Served(self, descriptor, greets: greets)).toOpaque()
        pthread_create(&thread, nil, serveMailbox, context)
        pthread_detach(thread)
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Where a mailer finds it.
    public var url: String { "smtp://127.0.0.1:\(port)" }

    /// What has come.
    public var letters: [Letter] { state.withLock { $0.letters } }

    /// What has come and was refused.
    public var refused: [Letter] { state.withLock { $0.refused } }

    /// Refuses the next letters after their data.
    public func refuse(_ count: Int) { state.withLock { $0.refusals = count } }

    fileprivate func take(_ letter: Letter) -> Bool {
        state.withLock { state in
            guard state.refusals == 0 else {
                state.refusals -= 1
                state.refused.append(letter)
                return false
            }
            state.letters.append(letter)
            return true
        }
    }
}

/// What the thread holds: the mailbox only while it is in use, so that a test's end ends the thread.
private final class Served: Sendable {
    private let take: @Sendable (Mailbox.Letter) -> Bool
    let listener: Int32

    private let greets: Bool

    init(_ mailbox: Mailbox, _ listener: Int32, greets: Bool) {
        self.greets = greets
        self.listener = listener
        take = { [weak mailbox] in mailbox?.take($0) ?? false }
    }

    func run() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            converse(client)
            close(client)
        }
        close(listener)
    }

    private func converse(_ client: Int32) {
        guard let stream = fdopen(dup(client), "r") else { return }
        defer { fclose(stream) }
        var letter = Mailbox.Letter()
        if greets { say(client, "220 mailbox") }
        while let line = line(stream) {
            let word = line.prefix(4).uppercased()
            switch word {
            case "EHLO": say(client, "250-mailbox\r\n250 8BITMIME")
            case "MAIL":
                letter = Mailbox.Letter(from: argument(line))
                say(client, "250 ok")
            case "RCPT":
                letter.to.append(argument(line))
                say(client, "250 ok")
            case "DATA":
                say(client, "354 go on")
                while let line = self.line(stream), line != ".\r\n" {
                    letter.text += line.hasPrefix("..") ? String(line.dropFirst()) : line
                }
                say(client, take(letter) ? "250 taken" : "451 not now")
            case "QUIT": return say(client, "221 bye")
            default: say(client, "250 ok")
            }
        }
    }

    private func argument(_ line: String) -> String {
        String(line.drop { $0 != "<" }.prefix { $0 != ">" }) + ">"
    }

    private func say(_ client: Int32, _ line: String) {
        let bytes = Array((line + "\r\n").utf8)
        _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private func line(_ stream: UnsafeMutablePointer<FILE>) -> String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        guard fgets(&buffer, Int32(buffer.count), stream) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

private func serveMailbox(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Served>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
