import Service
import Telemetry
import Testing

struct SettingsTests {
    @Test func whatIsNotSetHasItsDefault() throws {
        let settings = try Settings(environment: [:])
        #expect(settings.http == HostPort(host: "127.0.0.1", port: 8080))
        #expect(settings.jobs == "tcp://127.0.0.1:7601")
        #expect(settings.control == "tcp://127.0.0.1:7603")
        #expect(settings.audit == "tcp://127.0.0.1:7611")
        #expect(settings.tapIn == "tcp://127.0.0.1:7621")
        #expect(settings.tapOut == "tcp://127.0.0.1:7622")
        #expect(settings.keys == "./data/keys")
        #expect(settings.keepAlive == .seconds(15))
        #expect(settings.healthInterval == .seconds(6 * 3_600))
        #expect(settings.tapPrompts == "hash")
        #expect(settings.adminKey == nil && settings.smtp == nil && settings.parent == nil)
    }

    @Test func aFlagGoesBeforeTheEnvironmentAndThatBeforeTheDefault() throws {
        let environment = ["MARTLET_DATA": "/a", "MARTLET_LEASE_MS": "3000", "MARTLET_LOG": ""]
        let settings = try Settings(environment: environment, arguments: ["--data=/b", "rest", "--", "--http"])
        #expect(settings.data == "/b")
        #expect(settings.keys == "/b/keys")
        #expect(settings.lease == .seconds(3))
        #expect(settings.logLevel == .info)
        #expect(settings.operands == ["rest", "--http"])
    }

    @Test(arguments: [
        ("MARTLET_LEASE_MS", "soon"), ("MARTLET_LEASE_MS", "1"), ("MARTLET_HTTP", "8080"), ("MARTLET_HTTP", "::1:80"),
        ("MARTLET_JOBS", "127.0.0.1:7601"), ("MARTLET_TAP_PROMPTS", "all"), ("MARTLET_LOG", "loud"),
        ("MARTLET_UPSTREAM_OPENAI_APIKEY", "127.0.0.1"), ("MARTLET_HEALTH_INTERVAL_HOURS", "169"),
    ])
    func aWrongValueIsASentenceThatNamesTheSetting(name: String, value: String) {
        #expect { try Settings(environment: [name: value]) } throws: { error in
            guard let error = error as? LaunchError else { return false }
            return error.exitCode == 78 && error.sentence.hasPrefix(name) && error.sentence.contains(value)
        }
    }

    @Test func aWrongCommandLineIsAnErrorOfUsage() {
        for arguments in [["--nonsense", "1"], ["--data"], ["--http", "x"], ["--lease-ms=0"]] {
            #expect { try Settings(environment: [:], arguments: arguments) } throws: {
                ($0 as? LaunchError)?.exitCode == 64
            }
        }
    }

    @Test func upstreamsAndProviderKeysAreFoundByType() throws {
        let settings = try Settings(environment: [
            "MARTLET_UPSTREAM_OPENAI_APIKEY": "http://127.0.0.1:9900", "OPENAI_API_KEY": "sk-1", "XAI_API_KEY": "",
            "MARTLET_DTAA": "/a", "PATH": "/bin",
        ])
        #expect(settings.upstreams == ["openai_apikey": "http://127.0.0.1:9900"])
        #expect(settings.providerKeys.mapValues { $0.reveal() } == ["openai_apikey": "sk-1"])
        #expect(settings.unknown == ["MARTLET_DTAA"])
        #expect(!"\(settings)".contains("sk-1"))
    }

    @Test func helpNamesEveryOptionWithItsDefault() {
        let help = Settings.help("gateway", "The gateway.")
        for setting in Setting.table {
            #expect(help.contains(setting.name) && help.contains(setting.flag) && help.contains(setting.meaning))
            #expect(help.contains(setting.fallback))
        }
        #expect(Set(Setting.table.map(\.name)).count == Setting.table.count)
    }

    @Test func addressesGoBothWays() {
        for text in ["127.0.0.1:0", "[::1]:8080", "host:65535"] { #expect(HostPort(text)?.description == text) }
        for text in ["", ":1", "a:", "a:65536", "a b:1", "a/b:1", "::1:80", "a:-1"] { #expect(HostPort(text) == nil) }
    }
}
