import Foundation
import JSON
import SQLite
import Support
import Testing

extension Clusters {
    /// An audit trail that is brought back from a backup: noticed, taken by an admin, and gone on with.
    @Suite(.timeLimit(.minutes(2)))
    struct RestoreTests {
        @Test func aTrailFromABackupIsNoticedTakenOnRecordAndGoneOnWith() async throws {
            let cluster = try await LiveCluster(workers: 1)
            try await change(cluster, "before the backup")
            try await sign(cluster)
            let backup = cluster.folder.file("backup.db")
            try copy(cluster.data + "/audit.db", to: backup)
            try await change(cluster, "after the backup")
            try await sign(cluster)

            let pid = try #require(cluster.pid(of: "audit-service"))
            Glibc.kill(pid, SIGSTOP)
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: cluster.data + "/audit.db" + suffix)
            }
            try FileManager.default.copyItem(atPath: backup, toPath: cluster.data + "/audit.db")
            try await cluster.kill("audit-service")

            try await eventually("the gateway notices", within: .seconds(30)) { try await isDegraded(cluster) }
            let shown = try await cluster.call("GET", "/api/admin/audit/conflict").json["conflict"]
            let (kept, found) = (shown?["kept"]?["events"]?.int ?? 0, shown?["found"]?["events"]?.int ?? 0)
            #expect(kept > found && found > 0, "\(String(describing: shown))")
            let head = try #require(shown?["found"]?["head"]?.string)
            let said = try command(cluster, [])
            #expect(said.contains("--head \(head)"), "\(said)")
            _ = try command(cluster, ["--head", head])
            #expect(try await !isDegraded(cluster))

            try await change(cluster, "after the restore")
            try await eventually("who took it is in the trail, and the trail goes on", within: .seconds(30)) {
                let taken = try await rows(cluster, "event_type=audit.restore_accepted")
                let made = try await rows(cluster, "event_type=user.created")
                return taken.count == 1 && made.contains { $0["target_name"]?.string == "after the restore" }
            }
            try await sign(cluster)
            #expect(try await !isDegraded(cluster))
            try await cluster.stop()
            let proof = try AuditTests().martlet([
                "audit", "verify", "--against", cluster.data + "/gateway.db", "--file", cluster.data + "/audit.db",
                "--public-key", cluster.data + "/audit-signing.pub",
            ])
            #expect(proof.status == 0, "\(proof.output)")
        }

        /// As a backup takes it, while the service runs.
        private func copy(_ path: String, to backup: String) throws {
            let db = try Connection(path: path)
            try db.execute("VACUUM INTO '\(backup)'")
        }

        private func change(_ cluster: LiveCluster, _ name: String) async throws {
            #expect(try await cluster.call("POST", "/api/admin/users", #"{"name":"\#(name)"}"#).status == 201)
            try await eventually("\(name) is in the trail", within: .seconds(30)) {
                try await rows(cluster, "event_type=user.created").contains { $0["target_name"]?.string == name }
            }
        }

        private func rows(_ cluster: LiveCluster, _ filter: String) async throws -> [JSONValue] {
            try await cluster.call("GET", "/api/admin/audit?\(filter)").json["items"]?.array ?? []
        }

        /// An audit service that stops signs what it has, and the next one tells it.
        private func sign(_ cluster: LiveCluster) async throws {
            let pid = try #require(cluster.pid(of: "audit-service"))
            let before = try await checkpoints(cluster)
            Glibc.kill(pid, SIGTERM)
            try await eventually("it runs again", within: .seconds(30)) { cluster.pid(of: "audit-service") != pid }
            try await eventually("the gateway keeps the checkpoint", within: .seconds(30)) {
                try await checkpoints(cluster) > before
            }
        }

        private func checkpoints(_ cluster: LiveCluster) async throws -> Int {
            let db = try Connection(path: cluster.data + "/gateway.db", mode: .readOnly)
            return try db.int("SELECT max(count) FROM audit_checkpoint") ?? 0
        }

        private func isDegraded(_ cluster: LiveCluster) async throws -> Bool {
            try await cluster.call("GET", "/health/readiness").text.contains("the audit trail was")
        }

        private func command(_ cluster: LiveCluster, _ more: [String]) throws -> String {
            let said = try AuditTests().martlet(
                ["audit", "accept-restore", "--url", cluster.url, "--data", cluster.data] + more
            )
            #expect(said.status == 0, "\(said.output)")
            return said.output
        }
    }
}
