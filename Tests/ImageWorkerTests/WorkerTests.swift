import Bus
import Crypto
import HTTP
import Loop
import Pictures
import Providers
import Support
import Testing
import Wire

@testable import ImageWorker

/// The whole worker, between a gateway and a provider in this process.
@Suite(.timeLimit(.minutes(2)), .serialized) @BusLoop struct WorkerTests {
    /// One worker with its two sides.
    @BusLoop
    final class Scene {
        let gateway: FakeGateway
        let provider: FakeProvider
        let upstream: String
        let folder = "/tmp/martlet-worker-" + Hex.encode(Random.bytes(8))
        private(set) var worker: Worker?
        private var boots = 0

        init(_ replies: [FakeProvider.Reply], slots: Int = 1) async throws {
            try await startLibrary()
            gateway = try FakeGateway()
            try await gateway.start()
            provider = try await FakeProvider(replies)
            upstream = await provider.url
            try await begin(slots: slots)
        }

        func begin(slots: Int = 1) async throws {
            boots += 1
            guard let ring = gateway.rings[.imageWorker] else { return }
            var parts = Worker.Parts(
                jobs: gateway.address,
                keys: ring,
                source: Source(service: "image-worker", instance: "one", boot: "b\(boots)"),
                spoolFolder: folder
            )
            parts.limits.slots = slots
            parts.limits.tick = .milliseconds(50)
            parts.upstreams = ["openai_apikey": upstream]
            let worker = try await Worker(parts)
            try worker.start()
            self.worker = worker
            try await untilBus("the worker grants credit") { self.gateway.credit == UInt64(slots) }
        }

        func end() async {
            await worker?.close()
            gateway.close()
            await provider.close()
        }

        func key(_ number: Int, attempt: Int = 1) -> JobKey {
            JobKey(job: "img_\(number)", attempt: attempt, lease: "\(attempt)-t\(number)")
        }

        func spec(format: ImageFormat = .webp, thumbnailPx: Int = 2, type: String = "openai_apikey") -> JobSpec {
            JobSpec(
                batch: "job_1",
                index: 2,
                total: 5,
                connector: JobConnector(id: "c1", type: type),
                model: "gpt-image-2",
                prompt: "a kingfisher",
                kind: "featured",
                format: format,
                thumbnailPx: thumbnailPx,
                idempotencyKey: "img_1"
            )
        }
    }

    @Test func anImageIsMadeAndSettled() async throws {
        let scene = try await Scene([FakeProvider.success])
        try scene.gateway.offer(scene.key(1), scene.spec())
        try await untilBus("the picture arrives") { scene.gateway.count(.jobDone) == 1 }
        let message = try #require(scene.gateway.heard.first { $0.header.kind == .jobDone })
        let done = try message.body(JobDone.self)
        #expect(done.outputs.map(\.name) == ["original", "thumb"])
        #expect(done.outputs.map(\.type) == ["image/webp", "image/webp"])
        #expect(done.outputs[0].width == 4 && done.outputs[1].width == 2)
        #expect(zip(message.attachments, done.outputs).allSatisfy { Hex.encode(Digest.sha256($0)) == $1.sha256 })
        #expect(done.costUSD != nil && done.usage?.outputTokens == 272)
        #expect(message.header.lease == scene.key(1).lease)
        try await untilBus("a new credit") { scene.gateway.credit == 2 }
        let worker = try #require(scene.worker)
        try await untilBus("the result is forgotten") { worker.machine.isEmpty }
        #expect(await worker.spool.keys.isEmpty)
        let kinds = scene.gateway.heard.map(\.header.kind)
        let order: [Kind] = [.jobAccept, .jobCheckpoint, .jobCheckpoint, .jobDone]
        #expect(kinds.filter(order.contains) == order)
        await scene.end()
    }

    @Test func everyMessageAboutATryNamesItsBatchAndItsOffer() async throws {
        let scene = try await Scene([FakeProvider.success])
        let offer = ULID.next()
        let key = JobKey(job: "img_1", attempt: 1, lease: "1-t1", correlation: "job_1", offer: offer)
        try scene.gateway.offer(key, scene.spec())
        try await untilBus("the picture arrives") { scene.gateway.count(.jobDone) == 1 }
        let about = scene.gateway.heard.filter { $0.header.job != nil }
        #expect(Set(about.map(\.header.kind)).isSuperset(of: [.jobAccept, .jobCheckpoint, .jobStep, .jobDone]))
        for message in about {
            #expect(message.header.correlation == "job_1", "\(message.header.kind)")
            #expect(message.header.causation == offer, "\(message.header.kind)")
        }
        await scene.end()
    }

    @Test func stepsNameThePhasesAndThePlace() async throws {
        let scene = try await Scene([FakeProvider.success])
        try scene.gateway.offer(scene.key(1), scene.spec())
        try await untilBus("the picture arrives") { scene.gateway.count(.jobDone) == 1 }
        let steps = scene.gateway.heard.compactMap { try? $0.body(JobStep.self) }
        #expect(steps.contains { $0.frame == "image_attempt" && $0.message == "Generating image 3 of 5" })
        let frames = [
            "accepted", "credentials_checked", "prompt_prepared", "image_attempt", "validating", "converting", "saving",
            "saved",
        ]
        #expect(steps.compactMap(\.frame) == frames)
        #expect(steps.allSatisfy { $0.phase.share.contains($0.percent) })
        #expect(steps.map(\.percent) == steps.map(\.percent).sorted())
        #expect(steps.allSatisfy { $0.index == 2 && $0.total == 5 })
        await scene.end()
    }

    @Test func nothingIsSpentBeforeTheGatewayKnows() async throws {
        let scene = try await Scene([FakeProvider.success])
        scene.gateway.commitsCheckpoints = false
        try scene.gateway.offer(scene.key(1), scene.spec())
        try await untilBus("the checkpoint arrives") { scene.gateway.count(.jobCheckpoint) == 1 }
        #expect(await scene.provider.calls.isEmpty)
        scene.gateway.cancel(scene.key(1))
        try await untilBus("the answer arrives") { scene.gateway.count(.jobCancelled) == 1 }
        #expect(scene.gateway.first(JobCancelled.self)?.effect == .stopped)
        #expect(await scene.provider.calls.isEmpty)
        await scene.end()
    }

    @Test func aCancelClosesTheProvidersConnectionWithin100Milliseconds() async throws {
        let delay = try await quickest(within: .milliseconds(100)) { try await cancelAJob() }
        #expect(delay < .milliseconds(100))
    }

    /// From the gateway's word to the moment when the provider sees the end of the connection.
    private func cancelAJob() async throws -> Duration {
        let scene = try await Scene([.silence])
        try scene.gateway.offer(scene.key(1), scene.spec())
        let provider = scene.provider
        try await untilNet("the call arrives") { !provider.calls.isEmpty }
        let cancelled = Moment.now
        scene.gateway.cancel(scene.key(1))
        try await untilNet("the provider sees it leave") { provider.leftAt != nil }
        let left = try #require(await provider.leftAt)
        try await untilBus("the answer arrives") { scene.gateway.count(.jobCancelled) == 1 }
        #expect(scene.gateway.count(.jobDone) == 0 && scene.gateway.count(.jobFailed) == 0)
        try await untilBus("a new credit") { scene.gateway.credit == 2 }
        await scene.end()
        return left - cancelled
    }

    @Test func aRejectionReachesTheGatewayWithTheProvidersWords() async throws {
        let body = #"{"error":{"code":"moderation_blocked","message":"raw","moderation_details":{}}}"#
        let scene = try await Scene([.failure(400, [], body)])
        try scene.gateway.offer(scene.key(1), scene.spec())
        try await untilBus("the failure arrives") { scene.gateway.count(.jobFailed) == 1 }
        let failed = try #require(scene.gateway.first(JobFailed.self))
        #expect(failed.code == "provider_rejected" && !failed.retryable)
        #expect(failed.providerCode == "moderation_blocked")
        #expect(await scene.provider.calls.first?.requestID == failed.providerRequestID)
        #expect(!failed.message.contains("raw"))
        await scene.end()
    }

    @Test func aRateLimitIsToldWithItsWait() async throws {
        let scene = try await Scene([.failure(429, [("retry-after", "2")], "{}")])
        try scene.gateway.offer(scene.key(1), scene.spec())
        try await untilBus("the failure arrives") { scene.gateway.count(.jobFailed) == 1 }
        let failed = try #require(scene.gateway.first(JobFailed.self))
        #expect(failed.code == "rate_limited" && failed.retryable && failed.retryAfterMs == 2_000)
        await scene.end()
    }

    @Test func junkThatCallsItselfAPictureIsMalformed() async throws {
        let scene = try await Scene([.picture("aGVsbG8gd29ybGQ=")])
        try scene.gateway.offer(scene.key(1), scene.spec())
        try await untilBus("the failure arrives") { scene.gateway.count(.jobFailed) == 1 }
        #expect(scene.gateway.first(JobFailed.self)?.code == "malformed_response")
        await scene.end()
    }

    @Test func wrongSettingsFailWithoutACall() async throws {
        let scene = try await Scene([FakeProvider.success])
        try scene.gateway.offer(scene.key(1), scene.spec(type: "nobody"))
        try await untilBus("the failure arrives") { scene.gateway.count(.jobFailed) == 1 }
        try scene.gateway.offer(scene.key(2), scene.spec(), credentials: nil)
        try await untilBus("the failure arrives") { scene.gateway.count(.jobFailed) == 2 }
        let failures = scene.gateway.heard.compactMap { try? $0.body(JobFailed.self) as JobFailed }
        #expect(failures.map(\.code) == ["config_error", "config_error"])
        #expect(await scene.provider.calls.isEmpty)
        await scene.end()
    }

    @Test func aResultOutlivesARestartOfTheGateway() async throws {
        let scene = try await Scene([FakeProvider.success])
        scene.gateway.settles = false
        try scene.gateway.offer(scene.key(1), scene.spec())
        try await untilBus("the picture arrives") { scene.gateway.count(.jobDone) == 1 }
        scene.gateway.close()
        scene.gateway.settles = true
        try await scene.gateway.start(boot: "g2")
        try await untilBus("the picture arrives again") { scene.gateway.count(.jobDone) == 2 }
        #expect(scene.gateway.hellos.last?.holding.first?.phase == "finished")
        let worker = try #require(scene.worker)
        try await untilBus("the result is forgotten") { worker.machine.isEmpty }
        #expect(await scene.provider.calls.count == 1)
        await scene.end()
    }

    @Test func aResultOutlivesADeathOfTheWorker() async throws {
        let scene = try await Scene([FakeProvider.success])
        scene.gateway.settles = false
        try scene.gateway.offer(scene.key(1), scene.spec())
        try await untilBus("the picture arrives") { scene.gateway.count(.jobDone) == 1 }
        let dead = try #require(scene.worker)
        await dead.spool.abandon()
        dead.link.close()
        scene.gateway.settles = true
        try await scene.begin()
        try await untilBus("the picture arrives again") { scene.gateway.count(.jobDone) == 2 }
        let next = try #require(scene.worker)
        try await untilBus("the result is forgotten") { next.machine.isEmpty }
        #expect(await scene.provider.calls.count == 1)
        await scene.end()
    }

    @Test func aDroppedJobIsStopped() async throws {
        let scene = try await Scene([.silence])
        try scene.gateway.offer(scene.key(1), scene.spec())
        let provider = scene.provider
        try await untilNet("the call arrives") { !provider.calls.isEmpty }
        scene.gateway.close()
        scene.gateway.keeps = { _ in false }
        try await scene.gateway.start(boot: "g2")
        try await untilNet("the provider sees it leave") { provider.leftAt != nil }
        try await untilBus("a new credit") { scene.gateway.credit == 1 }
        await scene.end()
    }

    @Test func aDrainFinishesWhatRunsAndReleasesWhatDoesNotEnd() async throws {
        let scene = try await Scene([.silence], slots: 2)
        try scene.gateway.offer(scene.key(1), scene.spec())
        let provider = scene.provider
        try await untilNet("the call arrives") { !provider.calls.isEmpty }
        let worker = try #require(scene.worker)
        await worker.drain(within: .milliseconds(300))
        try await untilBus("the job comes back") { scene.gateway.count(.jobRelease) == 1 }
        #expect(worker.machine.running == 0)
        await scene.end()
    }
}

@PixelLoop
private func startLibrary() throws { try Pictures.start() }
