import Foundation
import Support
import Testing

extension Clusters {
    /// Row 24 of the failure table: names of the audit service and of the tap's hub whose resolution takes for ever.
    ///
    /// The gateway sees a /etc/resolv.conf of its own, which names a server of this test's that never answers.
    @Suite(.timeLimit(.minutes(3)), .enabled(if: geteuid() == 0, "a mount namespace needs root"))
    struct ResolverTests {
        @Test func namesThatDontResolveHoldUpNeitherJobsNorChat() async throws {
            let resolver = try SilentResolver()
            let rig = try await Rig(workers: 1, starts: false)
            let file = rig.folder.file("resolv.conf")
            try "nameserver \(resolver.address)\noptions timeout:30 attempts:3\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            let gateway = try rig.service("gateway")
            let (audit, tap) = (gateway.environment["MARTLET_AUDIT"], gateway.environment["MARTLET_TAP_IN"])
            gateway.environment["MARTLET_AUDIT"] = "tcp://audit.martlet.example:7611"
            gateway.environment["MARTLET_TAP_IN"] = "tcp://tap.martlet.example:7621"
            gateway.wrapper = [
                "/usr/bin/unshare", "-m", "/bin/sh", "-c", #"mount --bind "$0" /etc/resolv.conf && exec "$@""#, file,
            ]
            try await rig.start()
            #expect(resolver.questions > 0, "the gateway asks the resolver that never answers")
            let load = ChatLoad(rig)
            let batch = try await Batch.submit(6, named: "without names", to: rig)
            try await batch.wait(on: rig, "while names don't resolve")
            try await lasting(.seconds(Length.pick(2, 60)))
            let calls = await load.stop()
            report("while two names don't resolve: \(calls.text)")
            #expect(calls.failures.isEmpty, "\(calls.failures.prefix(3))")
            #expect(calls.quantile(0.99) < .seconds(2))
            // With names that do resolve all events arrive; the gateway is killed, as its resolver still hangs.
            try await gateway.kill()
            gateway.environment["MARTLET_AUDIT"] = audit
            gateway.environment["MARTLET_TAP_IN"] = tap
            gateway.wrapper = []
            try await rig.start("gateway")
            let rows = try await Invariants(rig, "names that don't resolve").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 }, "\(rows)")
        }
    }
}

/// Port 53 of a loopback address of its own, where questions come in and no answer goes out.
private final class SilentResolver {
    let address: String
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        let free = (20...250).first { number in
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = in_port_t(53).bigEndian
            name.sin_addr.s_addr = inet_addr("127.0.0.\(number)")
            return withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
        guard let free else { throw NeverHappened(description: "no address for a resolver: errno \(errno)") }
        address = "127.0.0.\(free)"
    }

    deinit { close(descriptor) }

    /// How many questions came since the last look.
    var questions: Int {
        var count = 0
        var buffer = [UInt8](repeating: 0, count: 512)
        while recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0 { count += 1 }
        return count
    }
}
