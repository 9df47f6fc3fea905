import Bus
import Loop
import Telemetry
import Wire

extension Monitor {
    /// A message of the gateway's that answers no question.
    func take(_ message: Message) {
        do throws(WireError) {
            switch message.header.kind {
            case .connectorSnapshot: apply(roster.take(try message.body(ConnectorSnapshot.self)))
            case .connectorChanged: apply(roster.take(try message.body(ConnectorChanged.self)))
            case .healthPing: answer(try message.body(HealthPing.self), message.header)
            case .healthSignal: weigh(try message.body(HealthSignal.self))
            // A note that came too late for its question: the result is sent again and noted again.
            default: break
            }
        } catch {
            Log.warning("a message of the gateway's can't be read", ["kind": message.header.kind.rawValue])
        }
        turn()
    }

    // MARK: Connectors

    private func apply(_ update: Roster.Update?) {
        switch update {
        case .replace(let items):
            let watched = items.filter(\.isWatched)
            schedule.replace(with: watched.map(target), now: .now)
            let ids = Set(watched.map(\.id))
            detectors = detectors.filter { ids.contains($0.key) }
            reports.keep(only: ids)
            for item in watched { know(item) }
        case .change(let items, let removed):
            for id in removed { forget(id) }
            for item in items {
                if item.isWatched {
                    schedule.put(target(item), now: .now)
                    know(item)
                } else {
                    forget(item.id)
                }
            }
        case .gap:
            Log.info("a change of the connectors is missing")
            link.renew()
        case nil:
            break
        }
    }

    /// What was found with other credentials is forgotten.
    private func know(_ item: ConnectorItem) {
        if let known = detectors[item.id], known.revision == item.revision { return }
        detectors[item.id] = Detector(revision: item.revision)
        reports.forget(item.id)
    }

    private func target(_ item: ConnectorItem) -> Schedule.Target {
        Schedule.Target(
            id: item.id,
            lane: "\(item.type) \(item.baseURL ?? "")",
            interval: .seconds(item.intervalS),
            sinceCheck: item.checkedAgoS.map { .seconds($0) },
            isPaid: probe.isPaid(item.type),
            paidAges: item.paidAgoS.map { .seconds($0) },
            revision: item.revision
        )
    }

    private func forget(_ id: String) {
        schedule.remove(id)
        detectors[id] = nil
    }

    // MARK: On demand

    private func answer(_ ping: HealthPing, _ header: Envelope) {
        guard !isDraining else { return refuse(header, "busy", "The monitor is going down.") }
        switch schedule.demand(ping.connector, now: .now) {
        case .queued where (askers[ping.connector]?.count ?? 0) < schedule.pace.demands:
            askers[ping.connector, default: []].append(header)
        case .queued, .full:
            refuse(header, "busy", "Too many checks at once.")
        case .spent:
            refuse(header, "budget", "A check of this type costs money, and today's are made.")
        }
    }

    /// Tells those who waited for a check.
    func answer(_ headers: [Envelope], _ id: String, _ finding: Probe.Finding?) {
        for header in headers {
            guard let finding else {
                refuse(header, "unavailable", "The gateway lent no credential.")
                continue
            }
            let standing = detectors[id]?.standing
            let since = standing?.outcome == finding.outcome ? standing?.since : nil
            link.send(status(id, finding, since: since ?? wallClockMicroseconds())) { reply in
                reply.replyTo = header.id
                reply.correlation = header.correlation
                reply.trace = header.trace
            }
        }
    }

    /// A new session: who asked in the one before has given up.
    func dropAskers() {
        askers.removeAll()
        schedule.dropDemands()
    }

    private func refuse(_ header: Envelope, _ code: String, _ detail: String) {
        let error = ServiceError(code: code, detail: detail, retryable: true, retryAfterMs: 1_000)
        link.send(error) { reply in
            reply.replyTo = header.id
            reply.trace = header.trace
        }
    }

    // MARK: Live traffic

    /// Traffic that contradicts what was told last makes a check come sooner, or proves that the connector works again.
    private func weigh(_ signal: HealthSignal) {
        let now = wallClockMicroseconds()
        let traffic = Detector.Traffic(
            succeeded: signal.succeeded,
            failed: signal.failed,
            code: signal.code,
            begin: now - Int64(min(max(signal.windowMs, 0), 86_400_000)) * 1_000,
            end: now
        )
        switch detectors[signal.connector]?.witness(traffic) {
        case .look:
            schedule.bringForward(signal.connector, now: .now)
        case .report(let standing):
            Log.info("live traffic shows that a connector works again", ["connector": signal.connector])
            let status = HealthStatus(
                connector: signal.connector,
                outcome: standing.outcome,
                latencyMs: signal.latencyMs ?? 0,
                evidence: .passive,
                since: standing.since,
                revision: detectors[signal.connector]?.revision
            )
            reports.put(status, now: .now)
            schedule.recovered(signal.connector, now: .now)
        case .nothing, nil:
            break
        }
    }
}

extension ConnectorItem {
    /// A revoked connector is nobody's business; one with a wrong key may be given a right one.
    fileprivate var isWatched: Bool { status != "revoked" && intervalS > 0 }
}
