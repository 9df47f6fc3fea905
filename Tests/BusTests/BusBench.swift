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

    /// What showing costs the sender per message: nobody listens, somebody listens to something else, headers, payloads.
    @Test func theTapsCostPerMessage() async throws {
        let stage = try Stage()
        let hub = try TapPointTests.Hub(stage)
        hub.startReading()
        let point = try TapPointTests().point(stage, hub)
        let source = stage.source(.imageWorker)
        let body = JobRenew(phase: .call)
        let header = Envelope(kind: .jobRenew, source: source, correlation: "job_1", job: "img_1", attempt: 1)
        let message = try Message(header: header, body: body)
        var line = "tap, per message: nobody \(await cost(point, message, 100_000))"
        for (name, topic) in [("another topic", "h.audit."), ("headers", "h.gateway."), ("and payloads", "p.gateway.")]
        {
            let before = point.shown
            try hub.ask(topic)
            try await until("watched") { point.isWatched }
            if topic != "h.audit." {
                try await until("shown") {
                    point.offer(message, .sent, link: "jobs")
                    return point.shown > before
                }
            }
            line += ", \(name) \(await cost(point, message, 20_000))"
        }
        print("\(line); \(point.shown) shown, \(point.dropped) dropped")
        point.close()
        hub.socket.close()
    }

    /// In pieces, between which the loop empties the queue.
    private func cost(_ point: TapPoint, _ message: Message, _ count: Int) async -> String {
        var spent = Duration.zero
        for _ in 0..<count / 200 {
            let start = Moment.now
            for _ in 0..<200 { point.offer(message, .sent, link: "jobs") }
            spent += Moment.now - start
            await pause(.zero)
        }
        return "\(spent.nanoseconds / Int64(count)) ns"
    }
}
