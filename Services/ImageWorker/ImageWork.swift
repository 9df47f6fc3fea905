import Bus
import Crypto
import JSON
import Loop
import Providers
import Wire

/// One accepted image, and the messages that it may end in.
struct ImageWork: Sendable {
    let key: JobKey
    let offer: JobOffer
    let header: Envelope
    let began: Moment

    /// `2 of 5`.
    var place: String { "\(offer.spec.index + 1) of \(offer.spec.total)" }

    var order: ImageOrder {
        ImageOrder(
            model: offer.spec.model,
            prompt: offer.spec.prompt,
            negativePrompt: offer.spec.negativePrompt,
            size: offer.spec.size,
            quality: offer.spec.quality,
            format: offer.spec.format.rawValue,
            idempotencyKey: offer.spec.idempotencyKey
        )
    }

    func spent(_ picture: Generate.Picture) -> Spent {
        Spent(
            costUSD: picture.costUSD,
            inputTokens: picture.usage?.inputTokens,
            outputTokens: picture.usage?.outputTokens,
            images: 1
        )
    }

    /// nil only when a limit of the wire is broken, which ``Transform`` has ruled out.
    func done(_ outputs: [Transform.Output], spent: Spent, timing: JobTiming, source: Source) -> Message? {
        let described = outputs.map(\.described)
        var envelope = envelope(.jobDone, source)
        envelope.attachments = described.map {
            Attachment(name: $0.name, type: $0.type, length: $0.bytes, sha256: $0.sha256)
        }
        let body = JobDone(outputs: described, usage: spent, costUSD: spent.costUSD, timing: timing)
        return try? Message(header: envelope, body: body, attachments: outputs.map(\.bytes))
    }

    func failed(_ error: ProviderError, source: Source) -> Message? {
        let body = JobFailed(
            code: error.code.rawValue,
            message: error.message,
            details: error.param.map { .object([JSONField("param", .string($0))]) },
            providerCode: error.providerCode,
            providerRequestID: error.providerRequestID,
            retryable: error.isRetryable,
            retryAfterMs: error.retryAfter.map { Int($0.milliseconds) }
        )
        return try? Message(header: envelope(.jobFailed, source), body: body)
    }

    private func envelope(_ kind: Kind, _ source: Source) -> Envelope {
        var envelope = Envelope(kind: kind, source: source)
        key.write(&envelope)
        return envelope
    }
}
