import JSON

/// One JSON object per message and line, for scripts. The keys are stable: some may be added, none changes.
///
/// | key | is |
/// |---|---|
/// | `seen_at` | microseconds of the observer's wall clock |
/// | `observer` | `{service, instance, boot}` of whoever saw it |
/// | `direction`, `link`, `topic` | as the observer saw it |
/// | `count`, `dropped` | the observer's number under this topic, and what it dropped in all |
/// | `header_bytes`, `payload_bytes`, `attachments`, `attachment_bytes` | sizes |
/// | `latency_us` | for a reply whose request was seen |
/// | `header` | the header as it travelled |
/// | `payload` | redacted; only with `--payload` |
enum JSONFormat {
    static func line(_ sighting: Sighting, latency: Duration?) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + sighting.headerBytes + (sighting.payload?.count ?? 0))
        writer.object { line in
            line.field("seen_at", sighting.seenAt)
            line.field(
                "observer",
                object: { observer in
                    observer.field("service", sighting.observer.service)
                    observer.field("instance", sighting.observer.instance)
                    observer.field("boot", sighting.observer.boot)
                }
            )
            line.field("direction", sighting.direction.rawValue)
            line.field("link", sighting.link)
            line.field("topic", sighting.topic)
            line.field("count", sighting.count)
            line.field("dropped", sighting.dropped)
            line.field("header_bytes", sighting.headerBytes)
            line.field("payload_bytes", sighting.payloadBytes)
            line.field("attachments", sighting.attachmentCount)
            line.field("attachment_bytes", sighting.attachmentBytes)
            line.optional("latency_us", latency.map(Filter.microseconds))
            line.field("header", raw: sighting.headerJSON)
            if let payload = sighting.payload { line.field("payload", raw: payload) }
        }
        return writer.bytes
    }
}
