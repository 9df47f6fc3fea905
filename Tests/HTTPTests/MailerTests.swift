import Support
import Testing

@testable import HTTP

/// The mailer before an SMTP server on the loopback.
@Suite(.timeLimit(.minutes(1)))
struct MailerTests {
    private let mail = Mail(to: "ada@example.org", subject: "Hello", text: "One\n.\n..two\nthree, naïve")

    @Test func aLetterArrivesAsItWasWrittenAlsoWithLinesOfDots() async throws {
        let mailbox = try Mailbox()
        let mailer = try #require(Mailer(url: mailbox.url))
        try await mailer.send(mail)
        let letter = try #require(mailbox.letters.first)
        #expect(letter.from == "<martlet@[127.0.0.1]>")
        #expect(letter.to == ["<ada@example.org>"])
        #expect(letter.text.hasSuffix("\r\n\r\nOne\r\n.\r\n..two\r\nthree, naïve\r\n"))
        #expect(letter.text.contains("Subject: Hello\r\n"))
    }

    @Test func aServerThatRefusesAndOneThatIsNotThereAreErrorsWithoutAddresses() async throws {
        let mailbox = try Mailbox()
        mailbox.refuse(1)
        let mailer = try #require(Mailer(url: mailbox.url))
        let refused = await #expect(throws: HTTPError.self) { try await mailer.send(mail) }
        #expect(refused?.code == .unexpected && refused?.message.contains("@") == false)
        try await mailer.send(mail)
        #expect(mailbox.letters.count == 1)
        let nobody = try #require(Mailer(url: "smtp://127.0.0.1:1"))
        let failure = await #expect(throws: HTTPError.self) { try await nobody.send(mail) }
        #expect(failure?.code == .connectFailed)
    }

    @Test func aServerThatSaysNothingIsATimeout() async throws {
        let silent = try Mailbox(greets: false)
        let mailer = try #require(Mailer(url: silent.url, limit: .milliseconds(200)))
        let failure = await #expect(throws: HTTPError.self) { try await mailer.send(mail) }
        #expect(failure?.code == .totalTimeout)
    }

    @Test func whatCouldBeginAnotherHeaderOrCommandIsRefused() {
        #expect(Mail.isAddress("ada@example.org"))
        for bad in ["", "ada", "a@b@c", "ada@", "@x", "a da@x", "ada@x>\r\nRCPT TO:<b@y", "<a@x>", "a@x,b@y", "ä@x"] {
            #expect(!Mail.isAddress(bad), "\(bad)")
            #expect(throws: HTTPError.self) { try Mail(to: bad, subject: "s", text: "").bytes(from: "m@x") }
        }
        for bad in ["a\r\nBcc: b@y", "naïve", String(repeating: "x", count: 201)] {
            #expect(throws: HTTPError.self) { try Mail(to: "a@x", subject: bad, text: "").bytes(from: "m@x") }
        }
    }

    @Test func aLetterWithAnIdIsTheSameLetterHoweverOftenItIsSent() throws {
        let letter = Mail(to: "a@x", subject: "s", text: "t", id: "ltr_01K", date: 1_795_262_400)
        let text = String(decoding: try letter.bytes(from: "martlet@[127.0.0.1]"), as: UTF8.self)
        #expect(text.contains("\r\nMessage-ID: <ltr_01K@[127.0.0.1]>\r\n"))
        #expect(text.contains("\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n"), "\(text)")
        #expect(try letter.bytes(from: "m@x") == letter.bytes(from: "m@x"))
        for bad in ["", "a>b", "a b", "a\r\nBcc: b@y", String(repeating: "x", count: 101)] {
            #expect(throws: HTTPError.self) { try Mail(to: "a@x", subject: "s", text: "", id: bad).bytes(from: "m@x") }
        }
    }

    @Test func onlyMailServersAreTakenAndAUserThatIsAnAddressIsTheSender() {
        for bad in ["", "http://x", "mail.example.org", "file:///etc/passwd", "smtp://"] {
            #expect(Mailer(url: bad) == nil, "\(bad)")
        }
        #expect(Mailer(url: "smtp://bot%40example.org:pw@mx.example.org:587")?.sender == "bot@example.org")
        #expect(Mailer(url: "smtps://bot:pw@mx.example.org")?.sender == "martlet@mx.example.org")
    }
}
