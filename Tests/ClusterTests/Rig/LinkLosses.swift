import Foundation
import JSON
import Support
import Testing

/// I5: what both ends of a link showed to the tap, held against what they counted.
///
/// A message may only be lost with its session: the next hello says so, and whatever the session was about is taken up
/// again behind it. A gap inside of a session must be in the receiver's count. For a client that is the only one of its
/// service and lives throughout.
final class LinkLosses {
    /// A message as one of its two ends saw it.
    private struct Sight {
        let id: String
        let kind: String
        let sequence: UInt64
        let sender: String
        let observer: String
        let isSent: Bool
    }

    /// What became of the messages that went one way.
    struct Account: CustomStringConvertible {
        var messages = 0
        var sessions = 0
        /// Lost with a session that ended.
        var endedWith = 0
        /// Missing before a message of the same session that did arrive.
        var gaps = 0
        /// Sent in the session that lives, and not there yet.
        var open = 0

        var description: String {
            "\(messages) in \(sessions) sessions, lost: \(endedWith) with their session, \(gaps) within, \(open) in the last"
        }
    }

    private let link: String
    private let client: String
    private let server: String
    private let tap: RigService

    /// Begins to watch; returns once both services show what they say.
    init(_ rig: Rig, link: String, from client: String, to server: String) async throws {
        (self.link, self.client, self.server) = (link, client, server)
        tap = try rig.program("tap", ["--both", "-o", "json", "link=\(link)"])
        try await tap.launch()
        let tap = tap
        try await eventually("the tap follows", within: .seconds(20)) { tap.output.contains("subscribed") }
        try await eventually("both ends are seen", within: .seconds(20)) {
            Set(Self.sights(tap.output).map(\.observer)).isSuperset(of: [client, server])
        }
    }

    /// Waits until all that was sent in the present session has arrived, and holds the rest against what was counted.
    ///
    /// - Returns: what the client sent, and what it heard.
    @discardableResult
    func check(_ rig: Rig, _ label: String) async throws -> (sent: Account, heard: Account) {
        var accounts = (sent: Account(), heard: Account())
        try await eventually("\(label): I5: what is said arrives again", within: .seconds(20)) {
            let sights = Self.sights(self.tap.output)
            accounts.sent = Self.sent(sights.filter { $0.sender == self.client })
            accounts.heard = Self.heard(sights.filter { $0.sender == self.server && $0.observer == self.client })
            return accounts.sent.open == 0
        }
        tap.signal(SIGINT)
        try await tap.gone(within: .seconds(10))
        print("\(label): \(client) to \(server): \(accounts.sent); back: \(accounts.heard)")
        #expect(tap.output.contains("none lost"), "\(label): the tap itself lost records: \(tap.output.suffix(200))")
        #expect(accounts.heard.gaps == 0, "\(label): I5: \(accounts.heard)")
        // Only the gateway can be asked for its counts; who knocks without a hello is challenged, and counted so.
        let counted = server == "gateway" ? try await counted(rig) : 0
        #expect(accounts.sent.gaps <= counted, "\(label): I5: \(accounts.sent), \(counted) were counted")
        return accounts
    }

    private func counted(_ rig: Rig) async throws -> Int {
        let wanted = [
            #"martlet_bus_lost_total{link="\#(link)"}"#,
            #"martlet_bus_refused_total{link="\#(link)",reason="unknown_peer"}"#,
        ]
        let text = try await rig.call("GET", "/metrics").text
        return text.split(separator: "\n")
            .filter { line in wanted.contains { line.hasPrefix($0) } }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            .reduce(0, +)
    }

    /// By their ids: both ends showed them.
    private static func sent(_ sights: [Sight]) -> Account {
        var account = Account()
        let arrived = Set(sights.filter { !$0.isSent }.map(\.id))
        for sight in sights where sight.isSent {
            if sight.kind == "service.hello" {
                account.sessions += 1
                account.endedWith += account.open
                account.open = 0
            }
            account.messages += 1
            if arrived.contains(sight.id) {
                account.gaps += account.open
                account.open = 0
            } else {
                account.open += 1
            }
        }
        return account
    }

    /// By their numbers: what the server says to others is in its records too.
    private static func heard(_ sights: [Sight]) -> Account {
        var account = Account()
        var expected: UInt64 = 0
        for sight in sights where sight.sequence > 0 {
            account.messages += 1
            if sight.kind == "service.welcome" {
                account.sessions += 1
            } else if expected > 0, sight.sequence > expected {
                account.gaps += Int(clamping: sight.sequence - expected)
            }
            expected = sight.sequence + 1
        }
        return account
    }

    private static func sights(_ output: String) -> [Sight] {
        output.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("{"), let record = try? JSONValue(parsing: Array(line.utf8)),
                let header = record["header"], let id = header["id"]?.string, let kind = header["kind"]?.string,
                let sender = header["source"]?["service"]?.string,
                let observer = record["observer"]?["service"]?.string
            else { return nil }
            return Sight(
                id: id,
                kind: kind,
                sequence: header["sequence"]?.string.flatMap { UInt64($0) } ?? 0,
                sender: sender,
                observer: observer,
                isSent: record["direction"]?.string == "out"
            )
        }
    }
}
