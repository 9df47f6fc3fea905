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
            schedule.replace(with: watched.map { Schedule.Target($0) }, now: .now)
            let ids = Set(watched.map(\.id))
            detectors = detectors.filter { ids.contains($0.key) }
            for id in ids where detectors[id] == nil { detectors[id] = Detector() }
            reports.keep(only: ids)
        case .change(let items, let removed):
            for id in removed { forget(id) }
            for item in items {
                if item.isWatched {
                    detectors[item.id] = detectors[item.id] ?? Detector()
                    schedule.put(Schedule.Target(item), now: .now)
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

    private func forget(_ id: String) {
        schedule.remove(id)
        detectors[id] = nil
    }

    // MARK: On demand

    /// A person waits for this one, so it passes by the lanes; the gateway limits how often people may ask.
    private func answer(_ ping: HealthPing, _ header: Envelope) {
        guard onDemand < Self.mostOnDemand else { return refuse(header, "busy", "Too many checks at once.") }
        onDemand += 1
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            let found = await finding(ping.connector)
            onDemand -= 1
            if let found {
                let since = note(ping.connector, found)
                link.send(status(ping.connector, found, since: since)) { reply in
                    reply.replyTo = header.id
                    reply.correlation = header.correlation
                }
            } else {
                refuse(header, "unavailable", "The gateway lent no credential.")
            }
            turn()
        }
    }

    /// A change for the worse is told to the person at once and looked at again for everyone else.
    private func note(_ id: String, _ finding: Probe.Finding) -> Int64 {
        guard detectors[id] != nil else { return wallClockMicroseconds() }
        switch conclude(id, finding) {
        case .report(let standing):
            return standing.since
        case .confirm:
            schedule.confirm(id, now: .now)
            return wallClockMicroseconds()
        }
    }

    private func refuse(_ header: Envelope, _ code: String, _ detail: String) {
        let error = ServiceError(code: code, detail: detail, retryable: true, retryAfterMs: 1_000)
        link.send(error) { $0.replyTo = header.id }
    }

    // MARK: Live traffic

    /// Traffic that contradicts what was told last makes a check come sooner; it decides nothing itself.
    private func weigh(_ signal: HealthSignal) {
        guard let detector = detectors[signal.connector] else { return }
        let looksBad = signal.failed > 0 && signal.succeeded == 0
        let wasBad = detector.standing.map { $0.outcome != "ok" } ?? false
        if looksBad != wasBad, looksBad || signal.succeeded > 0 {
            schedule.bringForward(signal.connector, now: .now)
        }
    }
}

extension ConnectorItem {
    /// A revoked connector is nobody's business; one with a wrong key may be given a right one.
    fileprivate var isWatched: Bool { status != "revoked" && intervalS > 0 }
}

extension Schedule.Target {
    fileprivate init(_ item: ConnectorItem) {
        self.init(
            id: item.id,
            lane: "\(item.type) \(item.baseURL ?? "")",
            interval: .seconds(item.intervalS),
            sinceCheck: item.checkedAgoS.map { .seconds($0) }
        )
    }
}
