import Bus
import Loop
import Telemetry
import Wire

/// What is heard from the gateway and said to it.
extension Worker {
    func heard(_ message: Message) {
        do throws(WireError) {
            guard let key = JobKey(message.header) else { throw WireError(.header, "a job message without its job") }
            let now = Moment.now
            switch message.header.kind {
            case .jobOffer: try offered(key, message)
            case .jobCheckpointed: perform(machine.checkpointed(key, now: now))
            case .jobLease:
                let body = try message.body(JobLease.self)
                let lease = Duration.milliseconds(body.leaseMs)
                perform(machine.leased(key, lease: lease, cancel: body.cancel, lost: body.lost, now: now))
            case .jobCancel: perform(machine.cancelled(key))
            case .jobSettled: perform(machine.settled(key))
            default: break
            }
        } catch {
            Log.warning("a message can't be used", ["kind": message.header.kind.rawValue, "reason": error.description])
        }
    }

    private func offered(_ key: JobKey, _ message: Message) throws(WireError) {
        let offer = try message.body(JobOffer.self)
        let lease = Duration.milliseconds(max(100, offer.leaseMs))
        if machine.entry(key) == nil { offers[key] = (offer, message.header) }
        perform(machine.offered(key, lease: lease, now: .now))
        offers[key] = nil
    }

    func perform(_ actions: [WorkerMachine.Action]) {
        for action in actions { perform(action) }
    }

    private func perform(_ action: WorkerMachine.Action) {
        switch action {
        case .credit(let total): link.send(JobCredit(total: total))
        case .accept(let key): link.send(JobAccept(), header: key.write)
        case .reject(let key, let reason, let wait):
            link.send(JobReject(reason: reason, retryAfterMs: wait), header: key.write)
        case .start(let key): begin(key)
        case .checkpoint(let key, let body): link.send(body, header: key.write)
        case .proceed(let key): gates.removeValue(forKey: key)?.resume(returning: true)
        case .renew(let key, let phase): link.send(JobRenew(phase: phase), header: key.write)
        case .step(let key, let step):
            if !link.send(step, header: key.write) { machine.notSent(key, step) }
        case .sendResult(let key): deliver(key)
        case .stop(let key): stop(key)
        case .cancelled(let key, let body): link.send(body, header: key.write)
        case .release(let key, let reason): link.send(JobRelease(reason: reason), header: key.write)
        case .forget(let key): forget(key)
        case .announceDrain: link.drain()
        case .drained: drained()
        }
    }

    private func stop(_ key: JobKey) {
        tasks.removeValue(forKey: key)?.cancel()
        gates.removeValue(forKey: key)?.resume(returning: false)
        fresh[key] = nil
    }

    private func forget(_ key: JobKey) {
        fresh[key] = nil
        unspooled.remove(key)
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            let isFull = await spool.drop(key)
            perform(machine.spool(isFull: isFull))
        }
    }

    // MARK: Results

    private func deliver(_ key: JobKey) {
        if let message = fresh[key] { return send(message, key) }
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            do {
                send(try await spool.load(key), key)
            } catch {
                Log.error("a result can't be read back", ["image": key.job, "reason": "\(error)"])
                perform(machine.settled(key))
            }
        }
    }

    private func send(_ message: Message, _ key: JobKey) {
        guard machine.entry(key) != nil else { return }
        let header = message.header
        let isSent: Bool
        switch header.kind {
        case .jobDone: isSent = send(message, as: JobDone.self, header)
        case .jobFailed: isSent = send(message, as: JobFailed.self, header)
        default: isSent = false
        }
        // From now on the spool's copy serves: memory holds no more pictures than there are slots.
        if isSent, !unspooled.contains(key) { fresh[key] = nil }
    }

    private func send<B: Body>(_ message: Message, as type: B.Type, _ header: Envelope) -> Bool {
        guard let body = try? message.body(type) else { return false }
        return link.send(body, attachments: message.attachments) { envelope in
            envelope.correlation = header.correlation
            envelope.causation = header.causation
            envelope.trace = header.trace
            envelope.job = header.job
            envelope.attempt = header.attempt
            envelope.lease = header.lease
            envelope.attachments = header.attachments
        }
    }
}
