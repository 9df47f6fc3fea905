import CCurl
public import Loop

/// The thread that sends mail: libcurl's plain, blocking way is enough for a few letters a day, and nobody else waits.
///
/// The thread begins with the first letter.
@globalActor
public actor MailLoop {
    /// The thread.
    public static let loop = Loop(name: "mail", reactor: Park())
    /// The actor behind `@MailLoop`.
    public static let shared = MailLoop()

    /// Pins the actor to the thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Self.loop.asUnownedSerialExecutor() }
}

/// A letter of plain text to one address.
public struct Mail: Sendable, Equatable {
    /// To whom, without a name: `ada@example.org`.
    public var to: String
    /// ASCII, without control characters.
    public var subject: String
    /// UTF-8; lines end with `\n` here and with CR LF on the wire.
    public var text: String
    /// The first half of its Message-ID: letters, digits, `_`, `-` and `.`. One that is sent twice is known by it.
    public var id: String?
    /// When it was written, in seconds since 1970; without it the server says when it came.
    public var date: Int?

    /// Makes one; it is checked when it is sent.
    public init(to: String, subject: String, text: String, id: String? = nil, date: Int? = nil) {
        self.to = to
        self.subject = subject
        self.text = text
        self.id = id
        self.date = date
    }

    /// Whether a text can stand between an envelope's angle brackets and is an address: no control character, space,
    /// bracket, comma or quote, and not longer than SMTP allows.
    public static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !Array("<>,;:\"\\()".utf8).contains($0) }
    }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.".utf8)

    /// The letter as it is handed over.
    func bytes(from sender: String) throws(HTTPError) -> [UInt8] {
        guard Self.isAddress(to) else { throw HTTPError(.invalidRequest, "That is no address to write to.") }
        guard subject.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), subject.utf8.count <= 200 else {
            throw HTTPError(.invalidRequest, "A subject is at most 200 printable ASCII characters.")
        }
        var head = [
            "From: Martlet <\(sender)>", "To: <\(to)>", "Subject: \(subject)", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit",
            "Auto-Submitted: auto-generated",
        ]
        if let id {
            let isPlain = id.utf8.allSatisfy { Self.plain.contains($0) }
            guard isPlain, (1...100).contains(id.utf8.count) else {
                throw HTTPError(.invalidRequest, "That is no letter's id.")
            }
            head.append("Message-ID: <\(id)@\(sender.split(separator: "@").last ?? "martlet")>")
        }
        if let date { head.append("Date: \(DateField.text(date).dropLast(3))+0000") }
        let body = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in String(String.UnicodeScalarView(line.unicodeScalars.filter { $0 != "\r" })) }
        return Array((head + [""] + body).joined(separator: "\r\n").utf8) + Array("\r\n".utf8)
    }
}

/// Hands mail to one SMTP server, given as `smtp://user:password@host:port` or `smtps://…`.
///
/// STARTTLS is used where the server has it, and insisted on when there is a password to protect and the server is not
/// on this machine. Certificates are checked against the system's authorities, or the given ones in their place.
@MailLoop
public final class Mailer {
    private let url: String
    /// Who the letters are from: the user when that is an address, else `martlet@` the server.
    public nonisolated let sender: String
    private let needsTLS: Bool
    private let limit: Duration
    private let authorities: String?

    /// nil when the URL is no SMTP server's.
    ///
    /// - Parameters:
    ///   - authorities: a PEM file with who may sign the server's certificate; nil for the system's.
    ///   - limit: how long a letter may take, from the resolver to the server's last word.
    public nonisolated init?(url: String, authorities: String? = nil, limit: Duration = .seconds(30)) {
        guard let parts = ServerURL(url) else { return nil }
        self.url = url
        self.limit = limit
        self.authorities = authorities
        let server = parts.host.allSatisfy { $0.isNumber || $0 == "." } ? "[\(parts.host)]" : parts.host
        sender = parts.user.flatMap { Mail.isAddress($0) ? $0 : nil } ?? "martlet@\(server)"
        let isHere = ["localhost", "127.0.0.1", "[::1]"].contains(parts.host)
        needsTLS = parts.user != nil && !isHere
    }

    /// Returns when the server has taken the letter. The error holds neither the URL nor an address.
    public func send(_ mail: Mail) throws(HTTPError) {
        let letter = Letter(try mail.bytes(from: sender))
        guard let raw = curl_easy_init(), let recipients = curl_slist_append(nil, "<\(mail.to)>") else {
            throw HTTPError(.unexpected, "libcurl gives no handle.")
        }
        defer {
            curl_easy_cleanup(raw)
            curl_slist_free_all(recipients)
        }
        martlet_set_long(raw, CURLOPT_NOSIGNAL, 1)
        martlet_set_string(raw, CURLOPT_PROXY, "")
        martlet_set_string(raw, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        martlet_set_string(raw, CURLOPT_URL, url)
        martlet_set_long(raw, CURLOPT_USE_SSL, Int((needsTLS ? CURLUSESSL_ALL : CURLUSESSL_TRY).rawValue))
        if let authorities { martlet_set_string(raw, CURLOPT_CAINFO, authorities) }
        martlet_set_long(raw, CURLOPT_CONNECTTIMEOUT_MS, Int(min(limit, .seconds(10)).milliseconds))
        martlet_set_long(raw, CURLOPT_TIMEOUT_MS, Int(limit.milliseconds))
        martlet_set_string(raw, CURLOPT_MAIL_FROM, "<\(sender)>")
        martlet_set_pointer(raw, CURLOPT_MAIL_RCPT, recipients)
        martlet_set_long(raw, CURLOPT_UPLOAD, 1)
        martlet_set_bytes_callback(raw, CURLOPT_READFUNCTION, letterBytes)
        martlet_set_pointer(raw, CURLOPT_READDATA, Unmanaged.passUnretained(letter).toOpaque())
        let result = withExtendedLifetime(letter) { curl_easy_perform(raw) }
        guard result == CURLE_OK else { throw Self.failure(result) }
    }

    private static func failure(_ result: CURLcode) -> HTTPError {
        let code: HTTPError.Code =
            switch result {
            case CURLE_COULDNT_RESOLVE_HOST: .resolveFailed
            case CURLE_COULDNT_CONNECT: .connectFailed
            case CURLE_OPERATION_TIMEDOUT: .totalTimeout
            case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION: .tlsFailed
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING: .resetByPeer
            default: .unexpected
            }
        let text = "The mail server did not take the letter: \(String(cString: curl_easy_strerror(result)))."
        return HTTPError(code, text, number: Int(result.rawValue))
    }
}

/// What a server's URL says of it.
private struct ServerURL {
    let host: String
    let user: String?

    init?(_ text: String) {
        guard let url = curl_url() else { return nil }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
            let scheme = Self.part(url, CURLUPART_SCHEME), ["smtp", "smtps"].contains(scheme),
            let host = Self.part(url, CURLUPART_HOST), !host.isEmpty
        else { return nil }
        self.host = host
        user = Self.part(url, CURLUPART_USER)
    }

    private static func part(_ url: OpaquePointer, _ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, UInt32(CURLU_URLDECODE)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

/// A letter on its way, read by libcurl on the thread that sends it.
private final class Letter {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - offset)
        buffer.copyBytes(from: bytes[offset..<offset + count])
        offset += count
        return count
    }
}

private func letterBytes(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let buffer, let context else { return 0 }
    let letter = Unmanaged<Letter>.fromOpaque(context).takeUnretainedValue()
    return letter.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}
