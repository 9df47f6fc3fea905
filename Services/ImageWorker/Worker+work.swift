import Bus
import Crypto
import JSON
import Loop
import Providers
import Telemetry
import Wire

/// One image from offer to spool.
extension Worker {
    func begin(_ key: JobKey) {
        guard let (offer, header) = offers[key] else { return }
        tasks[key] = Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            await work(ImageWork(key: key, offer: offer, header: header, began: .now))
        }
    }

    private func work(_ job: ImageWork) async {
        let message: Message?
        do {
            message = try await picture(job)
        } catch let error as ProviderError {
            Log.info(
                "image failed",
                [
                    "job": job.key.correlation, "image": job.key.job, "attempt": job.key.attempt,
                    "trace": job.key.trace?.id, "span": job.key.trace?.spanID, "code": error.code.rawValue,
                    "status": error.status ?? 0,
                ]
            )
            message = job.failed(error, source: link.source)
        } catch {
            // Stopped: whoever stopped it has said what there is to say.
            return
        }
        guard let message, !Task.isCancelled else { return }
        await keep(message, job)
    }

    /// The result is safe before the gateway hears of it. Without a spool it is sent from memory all the same.
    private func keep(_ message: Message, _ job: ImageWork) async {
        let key = job.key
        fresh[key] = message
        do {
            let isFull = try await spool.put(message)
            if message.header.kind == .jobDone { step(job, .save, 97, "Image \(job.place) saved", frame: "saved") }
            perform(machine.spool(isFull: isFull))
        } catch {
            Log.error(
                "the spool can't take a result",
                ["job": key.correlation, "image": key.job, "trace": key.trace?.id, "reason": "\(error)"]
            )
            unspooled.insert(key)
            perform(machine.spool(isFull: true))
        }
        tasks[key] = nil
        perform(machine.finished(key, now: .now))
    }

    // MARK: The phases

    private func picture(_ job: ImageWork) async throws -> Message? {
        step(job, .initialise, 5, "Image \(job.place) accepted", frame: "accepted")
        let (connector, hasKey) = try connector(job.offer)
        let credentials = hasKey ? "Credentials checked" : "No credentials needed"
        step(job, .prepare, 12, "\(credentials) for image \(job.place)", frame: "credentials_checked")
        let request = Generate.Request(
            connector: connector,
            order: job.order,
            key: job.key,
            traceState: job.offer.traceState
        )
        step(job, .prepare, 20, "Prompt ready for image \(job.place)", frame: "prompt_prepared")
        guard await leaveToSubmit(job.key) else { throw CancellationError() }
        let called = Moment.now
        step(job, .call, 25, "Generating image \(job.place)", frame: "image_attempt")
        creep(job, since: called)
        let picture = try await generate.picture(request)
        let answered = Moment.now
        let spent = job.spent(picture)
        perform(machine.answered(job.key, spent: spent))
        step(job, .parse, 72, "Checking image \(job.place)", frame: "validating")
        let info = try await Transform.check(picture.bytes)
        let format = job.offer.spec.format
        step(job, .save, 86, "Converting image \(job.place) to \(format.rawValue)", frame: "converting")
        let outputs = try await Transform.run(
            picture.bytes,
            info,
            format: format,
            thumbnailPx: job.offer.spec.thumbnailPx
        )
        step(job, .save, 92, "Saving image \(job.place)", frame: "saving")
        let now = Moment.now
        let timing = JobTiming(
            prepareMs: Int((called - job.began).milliseconds),
            providerMs: Int((answered - called).milliseconds),
            transformMs: Int((now - answered).milliseconds),
            totalMs: Int((now - job.began).milliseconds)
        )
        Log.info(
            "image made",
            [
                "job": job.key.correlation, "image": job.key.job, "attempt": job.key.attempt,
                "trace": job.key.trace?.id, "span": job.key.trace?.spanID, "provider_ms": timing.providerMs,
                "total_ms": timing.totalMs,
            ]
        )
        return job.done(outputs, spent: spent, timing: timing, source: link.source)
    }

    /// Waits until the gateway has written down that money is about to be spent; false when the job was stopped.
    private func leaveToSubmit(_ key: JobKey) async -> Bool {
        guard !Task.isCancelled, machine.entry(key) != nil else { return false }
        return await withCheckedContinuation { gate in
            gates[key] = gate
            perform(machine.wantsToSubmit(key, now: .now))
        }
    }

    private func step(
        _ job: ImageWork,
        _ phase: JobPhase,
        _ percent: Double,
        _ message: String,
        frame: String? = nil
    ) {
        let spec = job.offer.spec
        let step = JobStep(
            phase: phase,
            percent: percent,
            index: spec.index,
            total: spec.total,
            message: message,
            model: phase == .call ? spec.model : nil,
            frame: frame
        )
        perform(machine.progressed(job.key, step, now: .now))
    }

    /// While the provider works nobody knows how far it is: the bar nears the end of its share and never reaches it.
    private func creep(_ job: ImageWork, since start: Moment) {
        BusLoop.after(.seconds(1)) { [weak self] in
            guard let self, case .calling = machine.entry(job.key)?.stage else { return }
            let seconds = (Moment.now - start).seconds
            step(job, .call, 25 + 44 * (seconds / (seconds + 15)), "Generating image \(job.place)")
            creep(job, since: start)
        }
    }

    /// The connector, and whether it has credentials or its provider needs some.
    private func connector(_ offer: JobOffer) throws(ProviderError) -> (ConnectorConfig, hasKey: Bool) {
        let named = offer.spec.connector
        guard let adapter = Registry.standard[named.type] else {
            throw ProviderError(.configError, "This worker does not know the connector's type.", param: "type")
        }
        let config = ConnectorConfig(
            type: named.type,
            baseURL: named.baseURL,
            credentials: try credentials(offer.credential),
            operatorURL: upstreams[named.type]
        )
        try adapter.validate(config)
        return (config, adapter.capabilities.needsKey || !config.credentials.isEmpty)
    }

    private func credentials(_ sealed: String?) throws(ProviderError) -> [String: String] {
        guard let sealed else { return [:] }
        guard let box = try? Base64.decode(sealed), let plain = try? sealing.open(box),
            let fields = (try? JSONValue(parsing: plain))?.object
        else {
            throw ProviderError(.configError, "The connector's credentials did not reach the worker.")
        }
        var credentials: [String: String] = [:]
        for field in fields { credentials[field.name] = field.value.string }
        return credentials
    }
}
