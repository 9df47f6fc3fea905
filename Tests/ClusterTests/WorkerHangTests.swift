import JSON
import Loop
import Support
import Testing

extension Clusters {
    /// Row 5 of the failure table: a worker one of whose threads hangs while the others go on.
    ///
    /// A debugger's system call holds the thread still; nothing in the worker knows of it.
    @Suite(.timeLimit(.minutes(4)), .enabled(if: FrozenThread.isPossible, "ptrace(2) is forbidden here"))
    struct WorkerHangTests {
        /// The thread that says what there is to say to the gateway hangs. libzmq's own threads live, so that the
        /// connection stands: only the missing heartbeats tell.
        @Test func aWorkerWhoseLoopHangsIsNoticedByItsHeartbeatsAndItsImageIsMadeElsewhere() async throws {
            let rig = try await Self.rig(["--image-ms", "1500"])
            let batch = try await Batch.submit(1, named: "the hung loop", to: rig)
            let image = try await rig.image(of: batch, "the image is with the provider", where: \.isWithProvider)
            let worker = try rig.service(image.worker)
            let proxy = try rig.proxy(image.worker, .jobs)
            let connections = proxy.connections
            let froze = Moment.now
            let thread = try await FrozenThread("bus", of: worker.pid)
            try await eventually("the gateway counts one worker", within: .seconds(20)) {
                try await rig.call("GET", "/health/readiness").json["image_workers"]?.int == 1
            }
            print("a hung loop was noticed after \(Moment.now - froze)")
            try await batch.wait(on: rig, within: .seconds(30), "by the other worker")
            print("its image was made elsewhere after \(Moment.now - froze)")
            #expect(proxy.connections == connections, "the connection stood all the time")
            try await Self.isNoLongerAlive(worker, rig)
            await thread.thaw()
            try await Self.isWellAgain(worker, rig)
            let rows = try await Invariants(rig, "a hung loop").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.crashes == 1 }, "\(rows)")
        }

        /// The thread that calls the provider hangs, while the one with the heartbeats goes on. A lease that is renewed
        /// by a thread which doesn't know would last for ever.
        @Test func aWorkerWhoseWorkHangsLosesItsImageThoughItsHeartbeatsGoOn() async throws {
            let rig = try await Self.rig(["--image-ms", "1500"])
            let batch = try await Batch.submit(1, named: "the hung work", to: rig)
            let image = try await rig.image(of: batch, "the image is with the provider", where: \.isWithProvider)
            let worker = try rig.service(image.worker)
            let froze = Moment.now
            let thread = try await FrozenThread("net", of: worker.pid)
            try await batch.wait(on: rig, within: .seconds(40), "by the other worker")
            print("the image of a worker whose work hangs was made elsewhere after \(Moment.now - froze)")
            #expect(try await rig.call("GET", "/health/readiness").json["image_workers"]?.int == 2)
            try await Self.isNoLongerAlive(worker, rig)
            await thread.thaw()
            try await Self.isWellAgain(worker, rig)
            let more = try await Batch.submit(4, named: "after the hung work", to: rig)
            try await more.wait(on: rig, "by both")
            let rows = try await Invariants(rig, "hung work").check(rig, [batch, more])
            #expect(rows.allSatisfy { $0.state == "done" }, "\(rows)")
        }

        private static func rig(_ simulator: [String]) async throws -> Rig {
            let rig = try await Rig(environment: ["MARTLET_LEASE_MS": "4000"], simulator: simulator, starts: false)
            for name in rig.workers {
                let service = try rig.service(name)
                service.environment["MARTLET_HEALTH_FILE"] = rig.folder.file("pulse-\(service.name.suffix(1))")
            }
            try await rig.start()
            return rig
        }

        private static func says(_ word: String, _ worker: RigService, _ rig: Rig) async throws -> Int32 {
            let file = worker.environment["MARTLET_HEALTH_FILE"] ?? ""
            return try await rig.run("image-worker", [word], environment: ["MARTLET_HEALTH_FILE": file]).code
        }

        /// What a container's runtime asks, and restarts the worker for.
        private static func isNoLongerAlive(_ worker: RigService, _ rig: Rig) async throws {
            try await eventually("--alive says no", within: .seconds(20)) {
                try await says("--alive", worker, rig) != 0
            }
        }

        private static func isWellAgain(_ worker: RigService, _ rig: Rig) async throws {
            try await eventually("--health says yes and both are there", within: .seconds(20)) {
                let isWell = try await says("--health", worker, rig) == 0
                let count = try await rig.call("GET", "/health/readiness").json["image_workers"]?.int
                return isWell && count == 2
            }
        }
    }
}
