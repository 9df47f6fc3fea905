import HTTP
import JSON
import Loop
import SQLite
import Telemetry

/// Carries out what the ``AttemptMachine`` decides: tries a call, and where its caller wants so and another attempt may
/// mend it, once more and at the organisation's default.
@NetLoop
final class Attempts {
    /// A call that goes on with another connector.
    struct Fallback: Sendable {
        let from: Plan.Target
        let to: Plan.Target
        let trigger: GatewayError.Code
    }

    /// Puts a fallback into the audit trail; what can't be put there is not done.
    typealias Record = @Sendable (Fallback, AuditTrail.Actor) async throws -> Void

    private static let fallbacks = Metrics.counters(.fallbacks)

    private let connectors: ConnectorRegister
    private let upstream: Upstream
    private let record: Record

    init(connectors: ConnectorRegister, upstream: Upstream, record: @escaping Record) {
        self.connectors = connectors
        self.upstream = upstream
        self.record = record
    }

    /// Tries a call until it succeeds or nothing is left to try; then the last attempt's failure is the caller's.
    ///
    /// Each attempt reserves, settles and writes its row by itself.
    ///
    /// - Parameter hasBegun: whether the caller has had a part of what the attempts are about, where that is another
    ///   question than whether the call was answered.
    func run(
        _ call: Call,
        to target: Plan.Target,
        of plan: Plan,
        _ need: Plan.Need,
        _ policy: FallbackPolicy,
        hasBegun: (@NetLoop () -> Bool)? = nil,
        _ attempt: @NetLoop (Attempt) async throws -> Void
    ) async throws {
        guard policy != .none else {
            return try await attempt(Attempt(target: target, number: 1, started: call.started, mayBeFollowed: false))
        }
        let other = plan.fallback(from: target, need)
        var machine = AttemptMachine(policy, hasFallback: other != nil)
        var now = Attempt(target: target, number: 1, started: call.started, mayBeFollowed: machine.mayGoOn)
        while true {
            do {
                return try await attempt(now)
            } catch {
                let failure = upstream.translate(error)
                let isOver = call.exchange.hasLeft || hasBegun?() ?? call.exchange.isAnswered
                let next = try await goOn(call, after: failure, isOver, now, other, &machine)
                now = Attempt(
                    target: next,
                    number: machine.attempt,
                    started: .now,
                    mayBeFollowed: machine.mayGoOn
                )
            }
        }
    }

    /// Where the next attempt goes; throws what the caller is told when there is none.
    private func goOn(
        _ call: Call,
        after failure: GatewayError,
        _ isOver: Bool,
        _ failed: Attempt,
        _ other: Plan.Target?,
        _ machine: inout AttemptMachine
    ) async throws -> Plan.Target {
        switch machine.failed(failure, isOver: isOver) {
        case .retry(let pause):
            await Pause.wait(pause, of: call.exchange)
            guard !call.exchange.hasLeft, let target = asItIsNow(failed.target) else { throw failure }
            return target
        case .fallBack:
            guard let other = other.flatMap(asItIsNow), await fall(from: failed.target, to: other, failure, call)
            else { throw Self.told(failure, after: failed) }
            return other
        case .giveUp:
            throw Self.told(failure, after: failed)
        }
    }

    /// The target with its connector's present credentials; nil when that is gone or revoked by now.
    private func asItIsNow(_ target: Plan.Target) -> Plan.Target? {
        guard let connector = connectors.all[target.connector.id], connector.status != .revoked else { return nil }
        return Plan.Target(connector: connector, model: target.model, asked: target.asked)
    }

    /// Whether the fallback is on record, and may be done.
    private func fall(from: Plan.Target, to: Plan.Target, _ failure: GatewayError, _ call: Call) async -> Bool {
        do {
            try await record(Fallback(from: from, to: to, trigger: failure.code), call.actor)
        } catch {
            Log.warning(
                "a fallback could not be put on record and was not done",
                ["request_id": call.exchange.requestID, "connector": from.connector.id]
            )
            return false
        }
        Self.fallbacks.with(failure.code.rawValue).add()
        return !call.exchange.hasLeft
    }

    /// A failure after several attempts says how many there were.
    private static func told(_ failure: GatewayError, after attempt: Attempt) -> GatewayError {
        guard attempt.number > 1 else { return failure }
        var failure = failure
        failure.details.append(JSONField("attempts", JSONValue(attempt.number)))
        return failure
    }
}

extension AuditTrail {
    /// A fallback is part of the life of the connector that failed.
    func record(_ fallback: Attempts.Fallback, by actor: Actor, in db: Connection) throws {
        let (from, to) = (fallback.from, fallback.to)
        try record(
            "connector.fallback",
            by: actor,
            on: from.connector.subject,
            notes: "\(fallback.trigger.rawValue): to \(to.connector.id)",
            data: [
                "trigger": .string(fallback.trigger.rawValue), "from": .string(from.connector.id),
                "from_model": .string(CallRow.logged(from.model)), "to": .string(to.connector.id),
                "to_model": .string(CallRow.logged(to.model)),
            ],
            in: db
        )
    }
}
