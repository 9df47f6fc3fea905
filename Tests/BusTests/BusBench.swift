import Foundation
import Loop
import Testing
import Wire

@testable import Bus

/// Numbers, only when asked for: `MARTLET_BENCH=1 swift test -c release --filter BusBench`.
@Suite(.timeLimit(.minutes(1)), .enabled(if: ProcessInfo.processInfo.environment["MARTLET_BENCH"] != nil))
@BusLoop struct BusBench {
    @Test func roundTripsAndThroughputOverCurve() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var heard = 0
        server.onMessage = { [weak server] peer, message in
            heard += 1
            guard message.header.kind == .jobRenew, let server else { return }
            let id = message.header.id
            server.send(JobLease(leaseMs: 1, cancel: false, lost: false), to: peer) { $0.replyTo = id }
        }
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }

        var times: [Duration] = []
        for _ in 0..<2_000 {
            let start = Moment.now
            _ = try await link.ask(JobRenew(phase: .call), timeout: .seconds(5))
            times.append(Moment.now - start)
        }
        times.sort()
        heard = 0
        let start = Moment.now
        var sent = 0
        while sent < 50_000 {
            if link.send(JobCredit(total: 1)) { sent += 1 } else { await pause(.zero) }
        }
        try await until("all") { heard == sent }
        let seconds = (Moment.now - start).seconds
        print("bus: ask p50 \(times[1_000]) p99 \(times[1_980]), \(Int(Double(sent) / seconds)) messages/s, one loop")
        stage.end()
    }
}
