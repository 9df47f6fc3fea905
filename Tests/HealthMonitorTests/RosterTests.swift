import Loop
import Testing
import Wire

@testable import HealthMonitor

struct RosterTests {
    private func item(_ id: String) -> ConnectorItem {
        ConnectorItem(id: id, type: "openai_apikey", intervalS: 60, revision: 1, status: "active")
    }

    private func snapshot(_ revision: UInt64, _ ids: String..., part: Int = 1, of parts: Int = 1) -> ConnectorSnapshot {
        ConnectorSnapshot(revision: revision, part: part, parts: parts, connectors: ids.map(item))
    }

    private func change(_ revision: UInt64, _ ids: String..., removed: [String] = []) -> ConnectorChanged {
        ConnectorChanged(revision: revision, connectors: ids.map(item), removed: removed)
    }

    @Test func aSnapshotReplacesAndAChangeOnTopOfItChanges() {
        var roster = Roster()
        #expect(roster.take(snapshot(7, "a", "b")) == .replace([item("a"), item("b")]))
        #expect(roster.take(change(8, "c", removed: ["a"])) == .change([item("c")], removed: ["a"]))
        #expect(roster.revision == 8)
    }

    @Test func aSnapshotCountsOnlyWhenAllItsPartsAreThere() {
        var roster = Roster()
        #expect(roster.take(snapshot(7, "b", part: 2, of: 2)) == nil)
        #expect(roster.take(change(8, "c")) == nil)
        #expect(roster.take(snapshot(7, "a", part: 1, of: 2)) == .replace([item("a"), item("b")]))
    }

    @Test func anOvertakenSnapshotIsDropped() {
        var roster = Roster()
        #expect(roster.take(snapshot(7, "a", part: 1, of: 2)) == nil)
        #expect(roster.take(snapshot(8, "c", part: 1, of: 2)) == nil)
        #expect(roster.take(snapshot(7, "b", part: 2, of: 2)) == nil)
        #expect(roster.take(snapshot(8, "d", part: 2, of: 2)) == .replace([item("c"), item("d")]))
        #expect(roster.take(snapshot(6, "e")) == nil)
    }

    @Test func aGapIsToldOnceAndASnapshotMendsIt() {
        var roster = Roster()
        _ = roster.take(snapshot(7, "a"))
        #expect(roster.take(change(9, "c")) == .gap)
        #expect(roster.take(change(10, "d")) == nil)
        #expect(roster.take(snapshot(10, "a", "c", "d")) != nil)
        #expect(roster.take(change(11, "e")) == .change([item("e")], removed: []))
    }

    @Test func anOldChangeIsIgnoredAndANewSessionStartsFromNothing() {
        var roster = Roster()
        _ = roster.take(snapshot(7, "a"))
        #expect(roster.take(change(7, "x")) == nil)
        roster.begin()
        #expect(roster.take(change(8, "c")) == nil)
        #expect(roster.take(snapshot(3, "z")) == .replace([item("z")]))
    }

    @Test func partsThatCanNotBeAreRefused() {
        var roster = Roster()
        for (part, parts) in [(0, 1), (2, 1), (1, 0), (1, 65)] {
            #expect(roster.take(snapshot(1, "a", part: part, of: parts)) == nil)
        }
    }
}

struct ReportsTests {
    private let start = Moment(nanoseconds: 0)

    private func status(_ id: String, _ outcome: String = "ok") -> HealthStatus {
        HealthStatus(connector: id, outcome: outcome, latencyMs: 1, evidence: .active, since: 1)
    }

    @Test func aResultIsSentAgainUntilItIsNoted() {
        var reports = Reports(again: .seconds(5))
        reports.put(status("a"), now: start)
        let first = reports.next(now: start)
        #expect(first.map(\.status) == [status("a")])
        #expect(reports.next(now: start).isEmpty && reports.nextDeadline == nil)
        reports.ended(first[0], noted: false, now: start)
        #expect(reports.next(now: start).isEmpty)
        #expect(reports.nextDeadline == start + .seconds(5))
        let second = reports.next(now: start + .seconds(5))
        reports.ended(second[0], noted: true, now: start + .seconds(5))
        #expect(reports.count == 0)
    }

    @Test func theLatestResultWinsAlsoOverOneUnderWay() {
        var reports = Reports(again: .seconds(5))
        reports.put(status("a", "ok"), now: start)
        let old = reports.next(now: start)
        reports.put(status("a", "timeout"), now: start)
        #expect(reports.next(now: start).isEmpty)
        reports.ended(old[0], noted: true, now: start)
        #expect(reports.next(now: start).map(\.status) == [status("a", "timeout")])
    }

    @Test func aNewSessionSendsAtOnce() {
        var reports = Reports(again: .seconds(5))
        reports.put(status("a"), now: start)
        reports.ended(reports.next(now: start)[0], noted: false, now: start)
        reports.hurry(now: start)
        #expect(reports.next(now: start).count == 1)
    }

    @Test func aReturningGatewayIsNotFlooded() {
        var reports = Reports(again: .seconds(5))
        for number in 0..<100 { reports.put(status("con_\(number)"), now: start) }
        let first = reports.next(now: start)
        #expect(first.count == 32)
        #expect(first.first?.status.connector == "con_0")
        for sending in first { reports.ended(sending, noted: true, now: start) }
        #expect(reports.next(now: start).count == 32)
        #expect(reports.count == 68)
    }

    @Test func resultsOfConnectorsThatAreGoneAreForgotten() {
        var reports = Reports(again: .seconds(5))
        reports.put(status("a"), now: start)
        reports.put(status("b"), now: start)
        let sent = reports.next(now: start)
        reports.keep(only: ["b"])
        #expect(reports.count == 1)
        for sending in sent { reports.ended(sending, noted: false, now: start) }
        #expect(reports.next(now: start + .seconds(5)).map(\.status.connector) == ["b"])
    }
}
