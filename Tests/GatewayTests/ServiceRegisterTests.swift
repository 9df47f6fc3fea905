import Loop
import Testing
import Wire

@testable import Gateway

/// Who is there, who is gone and since when.
@Suite struct ServiceRegisterTests {
    private static let second: Int64 = 1_000_000
    private static let start: Int64 = 1_000 * second

    private func register() -> ServiceRegister {
        ServiceRegister(expected: ["audit-service", "health-monitor"], now: Self.start)
    }

    private func member(_ service: String, _ instance: String, boot: String = "b1", at now: Int64 = start)
        -> ServiceRegister.Member
    {
        ServiceRegister.Member(
            service: service,
            instance: instance,
            boot: boot,
            version: "0.1.0",
            state: .up,
            since: now,
            lastSeen: now
        )
    }

    @Test func whatAClusterIsNotWholeWithoutIsAwayFromTheStart() {
        let members = register().members(now: Self.start + 5)
        #expect(members.map(\.service) == ["audit-service", "health-monitor"])
        #expect(members.allSatisfy { $0.state == .away && $0.since == Self.start && $0.instance.isEmpty })
        #expect(register().downSince("image-worker") == Self.start)
    }

    @Test func whoFallsSilentIsAwayAndWhoSaysGoodbyeHasStopped() {
        var register = register()
        register.joined(member("image-worker", "w1"))
        register.joined(member("image-worker", "w2"))
        let gone = Self.start + 10 * Self.second
        register.gone("image-worker", "w1", boot: "b1", saidGoodbye: false, now: gone)
        #expect(register.downSince("image-worker") == nil)
        register.gone("image-worker", "w2", boot: "b1", saidGoodbye: true, now: gone + 1)
        let workers = register.members(now: gone + 2).filter { $0.service == "image-worker" }
        #expect(workers.map(\.state) == [.away, .stopped] && workers.map(\.since) == [gone, gone + 1])
        #expect(register.downSince("image-worker") == gone + 1)
        // The stopped one is shown for ten minutes, the lost one for an hour.
        #expect(register.members(now: gone + 601 * Self.second).filter { $0.service == "image-worker" }.count == 1)
        #expect(register.members(now: gone + 3_601 * Self.second).filter { $0.service == "image-worker" }.isEmpty)
    }

    @Test func anExpectedServiceStaysAwayForAsLongAsNobodyTakesItsPlace() {
        var register = register()
        register.joined(member("audit-service", "a1"))
        let gone = Self.start + 10 * Self.second
        register.gone("audit-service", "a1", boot: "b1", saidGoodbye: true, now: gone)
        let later = gone + 86_400 * Self.second
        let audit = register.members(now: later).filter { $0.service == "audit-service" }
        #expect(audit.map(\.since) == [gone] && audit.map(\.instance) == ["a1"])
        register.joined(member("audit-service", "a2", at: later))
        #expect(register.members(now: later).filter { $0.service == "audit-service" }.map(\.instance) == ["a2"])
    }

    @Test func aLateGoodbyeOfAFormerBootChangesNothing() {
        var register = register()
        register.joined(member("image-worker", "w1", boot: "b1"))
        register.joined(member("image-worker", "w1", boot: "b2", at: Self.start + 5))
        register.gone("image-worker", "w1", boot: "b1", saidGoodbye: true, now: Self.start + 6)
        #expect(register.isUp("image-worker"))
    }

    @Test func oneOfTwoProcessesOfANameMayGoAndTheOtherIsThere() {
        var register = register()
        register.joined(member("image-worker", "w1", boot: "b1"))
        register.joined(member("image-worker", "w1", boot: "b2", at: Self.start + 5))
        let workers = { (now: Int64) in register.members(now: now).filter { $0.service == "image-worker" } }
        #expect(workers(Self.start + 6).map(\.boot) == ["b1", "b2"])
        register.gone("image-worker", "w1", boot: "b2", saidGoodbye: true, now: Self.start + 7)
        #expect(workers(Self.start + 8).map(\.boot) == ["b1"] && register.downSince("image-worker") == nil)
    }

    @Test func whoComesBackTakesThePlaceOfItsFormerBoot() {
        var register = register()
        register.joined(member("image-worker", "w1", boot: "b1"))
        register.gone("image-worker", "w1", boot: "b1", saidGoodbye: false, now: Self.start + 1)
        register.joined(member("image-worker", "w1", boot: "b2", at: Self.start + 5))
        let workers = register.members(now: Self.start + 6).filter { $0.service == "image-worker" }
        #expect(workers.map(\.boot) == ["b2"])
    }

    @Test func aDrainShowsAndAHeartbeatIsKept() {
        var register = register()
        register.joined(member("image-worker", "w1"))
        register.draining("image-worker", "w1", boot: "b1", now: Self.start + 3)
        let heartbeat = Heartbeat(load: 1, residentBytes: 5, queue: 2, tapDropped: 0, tickGapMs: 1)
        register.heard("image-worker", "w1", boot: "b1", heartbeat, now: Self.start + 4, at: Moment(nanoseconds: 0))
        register.heard(
            "image-worker",
            "stranger",
            boot: "b1",
            heartbeat,
            now: Self.start + 4,
            at: Moment(nanoseconds: 0)
        )
        let worker = register.members(now: Self.start + 5).first { $0.service == "image-worker" }
        #expect(worker?.state == .draining && worker?.since == Self.start + 3)
        #expect(worker?.lastSeen == Self.start + 4 && worker?.heartbeat == heartbeat)
        #expect(register.members(now: Self.start + 5).count == 3)
    }

    @Test func thoseThatAreGoneAreBounded() {
        var register = register()
        for number in 0..<1_000 {
            register.joined(member("image-worker", "w\(number)"))
            register.gone("image-worker", "w\(number)", boot: "b1", saidGoodbye: false, now: Self.start + Int64(number))
        }
        let workers = register.members(now: Self.start + 1_000).filter { $0.service == "image-worker" }
        #expect(workers.count == 256)
        #expect(workers.map(\.since).min() == Self.start + 744)
    }
}
