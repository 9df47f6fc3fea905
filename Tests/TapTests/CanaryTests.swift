import Crypto
import JSON
import Support
import Testing
import Wire

@testable import Tap

/// Secrets and users' words in every place where messages carry them, and none of them where a tap writes.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct CanaryTests {
    /// What is planted. Each is told apart, so that a leak says where it came from.
    private enum Canary {
        static let prompt = "canary-prompt-a-heron-over-9f31"
        static let negative = "canary-negative-9f32"
        static let credential = "sk-canary-credential-9f33"
        static let urlKey = "canary-url-key-9f34"
        static let refusal = "canary-refusal-9f35"
        static let actor = "canary-actor-9f36"
        static let notes = "canary-notes-9f37"
        static let config = "canary-config-9f38"

        static let words = [prompt, negative, refusal, actor, notes]
        static let secrets = [credential, urlKey, config, Rig.canary]
    }

    private let sealed: String

    init() throws {
        let receiver = BoxKeyPair.generate()
        sealed = try Base64.encode(SealedBox.seal(Canary.credential.utf8, to: receiver.publicKey))
    }

    /// Sends each planted message once.
    private func plant(_ rig: Rig) async throws {
        let spec = JobSpec(
            batch: "job_1",
            index: 0,
            total: 1,
            connector: JobConnector(
                id: "con_1",
                type: "openai_compatible",
                baseURL: "https://user:\(Canary.urlKey)@images.example/\(Canary.urlKey)?key=\(Canary.urlKey)"
            ),
            model: "gpt-image-2",
            prompt: Canary.prompt,
            negativePrompt: Canary.negative,
            kind: "featured",
            format: .webp,
            thumbnailPx: 0,
            idempotencyKey: "img_1"
        )
        try await rig.say(JobOffer(spec: spec, credential: sealed, leaseMs: 1_000))
        let credential = HealthCredential(
            connector: "con_1",
            type: "azure_openai",
            baseURL: "https://images.example/\(Canary.urlKey)",
            credential: sealed,
            config: ["azure_deployment_name": .string(Canary.config)]
        )
        try await rig.say(credential)
        let event = AuditEvent(
            id: ULID.next().description,
            at: 1,
            auditClass: .security,
            eventType: "connector.created",
            actor: Canary.actor,
            targetType: "connector",
            targetID: "con_1",
            targetName: Canary.notes,
            notes: Canary.notes,
            data: ["api_key": .string(Canary.credential)]
        )
        try await rig.say(AuditAppend(stream: "st_1", first: 1, events: [event]))
        let failed = JobFailed(
            code: "provider_rejected",
            message: Canary.refusal,
            details: ["param": .string(Canary.refusal)],
            retryable: false
        )
        try await rig.say(failed)
        try await rig.ping(1)
    }

    /// The ways to see messages, each with payloads where there are any.
    private static let views: [[String]] = [
        ["--payload", "--both"], ["--payload", "--both", "-o", "json"], ["--payload", "-f", "{header}{payload}"],
        ["--payload", "--pair", "-o", "json"], ["--payload", "top", "-o", "json"], ["-o", "json", "--both"],
    ]

    private func words(_ view: [String]) -> [String] {
        view.contains("top") ? ["top", "--every", "100ms"] + view.filter { $0 != "top" } : view
    }

    @Test(arguments: [Redaction.Prompts.none, .hash])
    func noCanaryIsInAnyTapOutputOrRecording(_ prompts: Redaction.Prompts) async throws {
        let rig = try await Rig(prompts: prompts)
        let record = try await rig.follow(arguments: ["record", "-", "--payload"])
        var taps: [Rig.Tapped] = []
        for view in Self.views { taps.append(try await rig.follow(arguments: words(view))) }
        try await plant(rig)
        try await eventually("all was recorded") { await record.follow.view.shown >= 10 }
        try await eventually("the offer is shown") { taps[1].sink.text.contains("job.failed") }
        for tap in taps { await tap.follow.interrupt() }
        let outputs = taps.map(\.sink.text) + [String(decoding: record.sink.bytes, as: UTF8.self)]
        #expect(outputs.dropLast().allSatisfy { !$0.isEmpty })
        #expect(outputs[6].contains("job.offer") && outputs[6].contains("\"len\":\(Canary.prompt.utf8.count)"))
        for canary in Canary.words + Canary.secrets + [sealed] {
            for (number, output) in outputs.enumerated() {
                #expect(!output.contains(canary), "\(canary) in output \(number), prompts \(prompts)")
            }
            for tap in taps + [record] { #expect(!tap.sink.notes.joined().contains(canary)) }
        }
        #expect(outputs[6].contains("\"hash\"") == (prompts == .hash))
        for view in Self.views { try show(record.sink.bytes, view) }
        await rig.stop()
    }

    private func show(_ recording: [UInt8], _ view: [String]) throws {
        let arguments = ["show", "x"] + view.filter { $0 != "top" }
        guard case .show(_, let options) = try Command(arguments) else { throw UsageError("another command") }
        let sink = MemorySink()
        var showing = Showing(options, LineFormat(ink: Ink(isColoured: false)))
        var pieces = [recording, []]
        #expect(showing.run(sink) { pieces.removeFirst() } == Exit.done)
        for canary in Canary.words + Canary.secrets + [sealed] { #expect(!sink.text.contains(canary)) }
    }

    /// The test above can fail: with everything shown the words are there, and the secrets still are not.
    @Test func whenTheOperatorAsksForAllOfThemWordsAreShownAndSecretsNever() async throws {
        let rig = try await Rig(prompts: .full)
        let tap = try await rig.follow(arguments: ["--payload", "-o", "json"])
        try await plant(rig)
        try await eventually("the last is shown") { tap.sink.text.contains("health.status") }
        for word in Canary.words { #expect(tap.sink.text.contains(word), "\(word)") }
        for secret in [Canary.credential, Canary.urlKey, Canary.config, sealed] {
            #expect(!tap.sink.text.contains(secret), "\(secret)")
        }
        await rig.stop()
    }
}
