import JSON
import Support
import Testing

extension Clusters {
    /// Row 23 of the failure table: peers that mean harm, with keys and without.
    @Suite(.timeLimit(.minutes(Length.pick(4, 30))))
    struct StrangerTests {
        @Test func whoeverTalksGarbageToTheSocketsHarmsNobodyAndIsNotHeard() async throws {
            let rig = try await Rig(workers: 1)
            let load = ChatLoad(rig, lanes: 2)
            let batch = try await Batch.submit(6, named: "among vandals", to: rig)
            let names = ["gateway", "audit-service", "tap"]
            let before = try names.map { try rig.service($0).residentBytes }
            try await callAsStrangers(rig)
            try await sendWithWrongKeys(rig)
            try await sendWithAWorkersKeys(rig)
            let calls = await load.stop()
            report("among vandals: \(calls.text)")
            #expect(calls.failures.isEmpty, "\(calls.failures.prefix(3))")
            for (name, earlier) in zip(names, before) {
                let service = try rig.service(name)
                report("\(name): \(earlier >> 20) MiB before the vandals, \(service.residentBytes >> 20) after")
                #expect(service.isRunning && service.starts == 1, "\(name)")
                #expect(service.residentBytes - earlier < 48 << 20, "\(name)")
            }
            try await batch.wait(on: rig, "among vandals, seed \(runSeed)")
            let rows = try await Invariants(rig, "vandals, seed \(runSeed)").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 }, "seed \(runSeed): \(rows)")
        }

        private func callAsStrangers(_ rig: Rig) async throws {
            let ports = Rig.Link.allCases.map { Int(rig.address($0).split(separator: ":").last ?? "") ?? 0 }
            var random = SeededGenerator(seed: runSeed)
            Strangers.call(Length.pick(2_000, 50_000), ports: ports, random: &random)
            #expect(try await rig.call("GET", "/health/readiness").json["image_workers"]?.int == 1)
        }

        private func sendWithWrongKeys(_ rig: Rig) async throws {
            var random = SeededGenerator(seed: runSeed &+ 1)
            let count = Length.pick(20, 500)
            let most = try await Vandal.knock(count, at: rig.address(.jobs), keys: rig.data + "/keys", &random)
            #expect(most <= 64, "nothing leaves without a handshake")
        }

        /// Each connection is ignored after five bad messages, so the flood goes on over many.
        private func sendWithAWorkersKeys(_ rig: Rig) async throws {
            var random = SeededGenerator(seed: runSeed &+ 2)
            let frames = Length.pick(50_000, 1_000_000)
            let sent = try await Vandal.flood(
                frames,
                over: 20,
                at: rig.address(.jobs),
                keys: rig.data + "/keys",
                &random
            )
            #expect(sent == frames)
            let metrics = try await rig.call("GET", "/metrics").text
            let lines = metrics.split(separator: "\n").filter {
                $0.hasPrefix("martlet_bus_refused_total{link=\"jobs\"")
            }
            let refused = lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
            report("\(sent) bad messages with a worker's key, \(refused) refused or ignored")
            #expect(refused > sent / 2, "\(lines)")
            #expect(lines.contains { $0.contains("quarantined") } && lines.contains { $0.contains("ignored") })
        }
    }
}
