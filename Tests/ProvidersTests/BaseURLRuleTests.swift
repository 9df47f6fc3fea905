import Providers
import Testing

/// Which addresses a user may give.
@Suite struct BaseURLRuleTests {
    @Test(
        arguments: [
            ("https://api.example.com", "https://api.example.com", Reach.anyHost),
            ("https://API.Example.com/v1/", "https://api.example.com/v1", .anyHost),
            ("HTTPS://example.com:8443/openai//", "https://example.com:8443/openai", .anyHost),
            ("https://203.0.113.7/v1", "https://203.0.113.7/v1", .anyHost),
            ("https://10.0.0.7/v1", "https://10.0.0.7/v1", .anyHost),
            ("https://[2606:4700::1]/v1", "https://[2606:4700::1]/v1", .anyHost),
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434", .privateOnly),
            ("http://localhost:11434/v1", "http://localhost:11434/v1", .privateOnly),
            ("http://[::1]:8000/v1", "http://[::1]:8000/v1", .privateOnly),
            ("http://192.168.1.20:1234", "http://192.168.1.20:1234", .privateOnly),
            ("http://172.31.255.1", "http://172.31.255.1", .privateOnly),
            ("http://[fd12::7]", "http://[fd12::7]", .privateOnly),
            ("http://ollama:11434/v1", "http://ollama:11434/v1", .privateOnly),
        ]
    )
    func aGoodAddressIsTaken(_ text: String, _ url: String, _ reach: Reach) throws {
        let accepted = try BaseURLRule.check(text)
        #expect(accepted.url == url)
        #expect(accepted.reach == reach)
    }

    @Test(
        arguments: [
            "", "example.com/v1", "ftp://example.com", "file:///etc/passwd", "https://", "https:///v1", "http://:80",
            "http://example.com/v1", "http://8.8.8.8", "http://172.32.0.1", "http://[2606:4700::1]",
            "http://169.254.169.254/latest", "https://169.254.169.254", "https://[fe80::1]", "https://0.0.0.0",
            "http://[::]", "https://[::ffff:169.254.169.254]", "http://100.100.100.200", "https://224.0.0.1",
            "https://[fd00:ec2::254]/", "http://[::ffff:8.8.8.8]/",
            "https://user@example.com", "https://user:secret@example.com", "https://example.com@10.0.0.1/",
            "https://example.com?x=1", "https://example.com/v1?x", "https://example.com/#f", "https://example.com#",
            "https://exa mple.com", "https://example.com/\n", "https://exämple.com", "https://example.com\\@evil.com",
            "http://127.1", "http://2130706433", "http://0x7f000001", "http://0177.0.0.1", "http://127.0.0.1.",
            "https://example.com:0", "https://example.com:99999", "https://example.com:8a", "https://example.com:",
            "https://example..com", "https://-example.com", "https://[::1", "https://[127.0.0.1]",
            "https://example.com/a/../b", "https://example.com/%2e%2e", "https://[fe80::1%25eth0]",
        ]
    )
    func aBadAddressIsRefusedWithoutBeingQuoted(_ text: String) {
        do throws(ProviderError) {
            let accepted = try BaseURLRule.check(text)
            Issue.record("accepted as \(accepted.url)")
        } catch {
            #expect(error.code == .configError)
            #expect(error.param == "base_url")
            #expect(!error.message.contains("secret") && !error.message.contains("example.com"))
        }
    }

    @Test func anAddressThatIsTooLongIsRefused() {
        #expect(throws: ProviderError.self) {
            try BaseURLRule.check("https://example.com/" + String(repeating: "a", count: 512))
        }
    }
}
