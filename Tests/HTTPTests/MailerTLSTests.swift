import Foundation
import JSON
import Support
import Testing

@testable import HTTP

/// The mailer before a server that speaks TLS: letters arrive by both ways, and a password never leaves in the clear.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct MailerTLSTests {
    private let mail = Mail(to: "ada@example.org", subject: "Hello", text: "One")

    @Test(arguments: ["smtps", "starttls"])
    func aLetterArrivesByTLSAndThePasswordGoesInsideIt(mode: String) async throws {
        let server = try SecureMailServer(mode)
        let scheme = mode == "smtps" ? "smtps" : "smtp"
        let mailer = try #require(
            Mailer(url: "\(scheme)://bot:secret@127.0.0.2:\(server.port)", authorities: server.certificate)
        )
        try await mailer.send(mail)
        let log = try server.conversation()
        #expect(log["tls"]?.bool == true && log["authenticated"]?.bool == true && log["letters"]?.int == 1)
        #expect(log["password_in_the_clear"]?.bool == false)
    }

    @Test(arguments: ["smtps", "starttls"])
    func aServerWhoseCertificateNobodyKnowsGetsNothing(mode: String) async throws {
        let server = try SecureMailServer(mode)
        let scheme = mode == "smtps" ? "smtps" : "smtp"
        let mailer = try #require(Mailer(url: "\(scheme)://bot:secret@127.0.0.2:\(server.port)"))
        let error = await #expect(throws: HTTPError.self) { try await mailer.send(mail) }
        #expect(error?.code == .tlsFailed && error?.message.contains("secret") == false)
        let log = try server.conversation()
        #expect(log["authenticated"]?.bool == false && log["letters"]?.int == 0)
    }

    @Test func aServerElsewhereWithoutTLSGetsNoPasswordAndNoLetter() async throws {
        let server = try SecureMailServer("plain")
        let mailer = try #require(Mailer(url: "smtp://bot:secret@127.0.0.2:\(server.port)"))
        let error = await #expect(throws: HTTPError.self) { try await mailer.send(mail) }
        #expect(error?.code == .tlsFailed)
        let log = try server.conversation()
        #expect(log["authenticated"]?.bool == false && log["letters"]?.int == 0)
    }
}

/// tls_server.py as a process of its own, with a certificate made for it.
private final class SecureMailServer {
    private let folder = Folder()
    private let process = Process()
    private let output = Pipe()
    private var unread: [UInt8] = []
    private(set) var port = 0

    var certificate: String { folder.file("certificate.pem") }

    /// On an address that is this machine's, but not one of those that the mailer trusts as such.
    init(_ mode: String) throws {
        let key = folder.file("key.pem")
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.2", "-keyout", key, "-out", certificate,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/mail/tls_server.py")
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path, mode, "127.0.0.2", certificate, key]
        process.standardOutput = output
        try process.run()
        port = Int(try line()) ?? 0
    }

    /// What the next conversation came to, once it has ended.
    func conversation() throws -> JSONValue { try JSONValue(parsing: Array(try line().utf8)) }

    private func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeSubrange(...end) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw NeverHappened(description: "the mail server has ended") }
            unread += more
        }
    }

    /// Not by SIGTERM: a child inherits what this process blocks.
    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
