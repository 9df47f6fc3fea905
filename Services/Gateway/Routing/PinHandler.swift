import HTTP
import JSON
import Loop
import SQLite
import Telemetry

/// `/api/feature-preferences`: which connector the caller wants for a feature of theirs.
///
/// A pin comes after a connector that a request names and before the default. A feature is whatever name the
/// application sends in `x-martlet-feature`.
@NetLoop
final class PinHandler {
    private static let nameLimit = 64

    private let connectors: ConnectorRegister
    private let pins: Pins
    private let commit: GroupCommit
    private let audit: AuditTrail

    init(connectors: ConnectorRegister, pins: Pins, commit: GroupCommit, audit: AuditTrail) {
        self.connectors = connectors
        self.pins = pins
        self.commit = commit
        self.audit = audit
    }

    /// `GET /api/feature-preferences`: all of the caller's, by name; there are never more than a page holds.
    func list(_ call: Call) async throws {
        let user = call.caller.userID
        let own = try await commit.read { try PinStore.pins(of: user, in: $0) }
        call.answer(items: own.map { pin in { [self] writer in write(pin, &writer) } })
    }

    /// `POST /api/feature-preferences`: `{"feature", "connector_id"}`, in the place of the feature's other pin.
    func set(_ call: Call) async throws {
        let body = try await call.object(limit: 64 << 10)
        let feature = try reading { () throws(JSONError) in try body.string("feature") }
        let connector = try reading { () throws(JSONError) in try body.string("connector_id") }
        try Self.check(feature)
        guard connectors.usable(by: call.caller).contains(where: { $0.id == connector }) else {
            throw GatewayError(.notFound, "You have no connector of that id.", param: "connector_id")
        }
        let pin = PinStore.Pin(
            user: call.caller.userID,
            feature: feature,
            connector: connector,
            setAt: wallClockMicroseconds()
        )
        let before = try await write(pin, by: call.actor)
        pins.set(pin)
        call.answer(before == nil ? 201 : 200) { write(pin, &$0) }
    }

    /// What was there before. A pin that says the same leaves no event.
    private func write(_ pin: PinStore.Pin, by actor: AuditTrail.Actor) async throws -> PinStore.Pin? {
        do {
            return try await commit.write(by: actor) { [audit] db in
                let own = try PinStore.pins(of: pin.user, in: db)
                let before = own.first { $0.feature == pin.feature }
                guard before != nil || own.count < PinStore.limit else { throw Self.tooMany }
                guard before?.connector != pin.connector else { return before }
                try PinStore.set(pin, in: db)
                let instead = before.map { ", instead of \($0.connector)" } ?? ""
                try audit.record(
                    "preference.set",
                    by: actor,
                    on: pin.subject,
                    notes: "to \(pin.connector)\(instead)",
                    in: db
                )
                return before
            }
        } catch let error as SQLiteError {
            throw error.isConstraint ? Self.goneMeanwhile : GatewayError(store: error)
        }
    }

    /// `DELETE /api/feature-preferences/{feature}`
    func remove(_ call: Call) async throws {
        let (user, feature) = (call.caller.userID, call.parameters[0])
        let actor = call.actor
        let found = try await commit.write(by: actor) { [audit] db in
            guard let pin = try PinStore.pin(of: user, for: feature, in: db) else { return false }
            try PinStore.remove(feature, of: user, in: db)
            try audit.record("preference.unset", by: actor, on: pin.subject, notes: "from \(pin.connector)", in: db)
            return true
        }
        guard found else { throw GatewayError(.notFound, "You have no preference for that feature.") }
        pins.remove(feature, of: user)
        call.exchange.respond(204)
    }

    /// With the state of its connector, so that people see why one is skipped.
    private func write(_ pin: PinStore.Pin, _ writer: inout JSONWriter) {
        let connector = connectors.all[pin.connector]
        writer.field("feature", pin.feature)
        writer.field("connector_id", pin.connector)
        writer.field("connector_name", connector?.displayName)
        writer.field("connector_status", connector?.status.rawValue)
        writer.field("set_at", Timestamp.text(microseconds: pin.setAt))
    }

    private static func check(_ feature: String) throws(GatewayError) {
        let isGood = feature.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isGood, (1...nameLimit).contains(feature.utf8.count) else {
            throw GatewayError(
                .unprocessable,
                "`feature` has 1 to \(nameLimit) characters of a to z, 0 to 9, `_`, `.` and `-`.",
                param: "feature"
            )
        }
    }

    private nonisolated static let tooMany = GatewayError(
        .conflict,
        "You have \(PinStore.limit) preferences, which is the most; remove one first.",
        param: "feature"
    )
    private nonisolated static let goneMeanwhile = GatewayError(
        .conflict,
        "The connector was removed meanwhile; nothing was written.",
        param: "connector_id"
    )
}
