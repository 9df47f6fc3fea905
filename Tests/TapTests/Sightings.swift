import JSON
import Wire

@testable import Tap

/// A sighting with the fields that a test cares about.
func sighting(
    kind: String = "job.offer",
    service: String = "gateway",
    instance: String = "g1",
    id: String = "01JD0000000000000000000001",
    replyTo: String? = nil,
    sentAt: Int64 = 0,
    change: (inout Sighting) -> Void = { _ in }
) -> Sighting {
    var sighting = Sighting()
    sighting.observer = Sighting.Observer(service: service, instance: instance, boot: "b1")
    sighting.link = "jobs"
    sighting.header.id = id
    sighting.header.kind = kind
    sighting.header.service = service
    sighting.header.instance = instance
    sighting.header.sentAt = sentAt
    sighting.header.replyTo = replyTo
    sighting.topic = "h.\(service).\(kind)"
    sighting.headerJSON = Array("{}".utf8)
    sighting.headerBytes = 300
    sighting.payloadBytes = 100
    change(&sighting)
    return sighting
}
