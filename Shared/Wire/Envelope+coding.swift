internal import JSON

extension Envelope {
    /// The header's bytes, members in the order of the design's table. Errors: `.tooLarge` past 8 KiB, `.header` for a text
    /// over 128 bytes or a kind that isn't well formed.
    public func encoded() throws(WireError) -> [UInt8] {
        try check()
        var writer = JSONWriter(capacity: 384 + attachments.count * 160)
        writer.object { writer in
            writer.field("id", id.description)
            writer.field("kind", kind.rawValue)
            writer.field("source") { writer in
                writer.field("service", source.service)
                writer.field("instance", source.instance)
                writer.field("boot", source.boot)
            }
            writer.field("sequence", String(sequence))
            writer.field("sent_at", sentAt)
            writer.optional("correlation", correlation)
            writer.optional("causation", causation?.description)
            writer.optional("reply_to", replyTo?.description)
            writer.optional("trace", trace)
            writer.optional("ttl_ms", ttlMs)
            writer.optional("job", job)
            writer.optional("attempt", attempt)
            writer.optional("lease", lease)
            if !attachments.isEmpty {
                writer.name("attachments")
                writer.array { writer in
                    for attachment in attachments { attachment.write(&writer) }
                }
            }
            writer.field("minor", minor)
        }
        guard writer.bytes.count <= WireLimits.header else { throw WireError(.tooLarge, "the header is too long") }
        return writer.bytes
    }

    private func check() throws(WireError) {
        guard kind.isWellFormed else { throw WireError(.header, "kind isn't well formed") }
        for text in [source.service, source.instance, source.boot, correlation, trace, job, lease] {
            guard (text?.utf8.count ?? 0) <= WireLimits.headerText else {
                throw WireError(.header, "a text of the header is too long")
            }
        }
        guard sentAt >= 0, (ttlMs ?? 0) >= 0, (attempt ?? 0) >= 0, minor >= 0 else {
            throw WireError(.header, "a number of the header is negative")
        }
        try Attachment.check(attachments)
    }
}

extension Attachment {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("name", name)
            writer.field("type", type)
            writer.field("length", length)
            writer.field("sha256", sha256)
        }
    }

    /// Number, sizes and texts within the limits, on both sides of the wire.
    static func check(_ attachments: [Attachment]) throws(WireError) {
        guard attachments.count <= WireLimits.attachments else {
            throw WireError(.tooLarge, "more than \(WireLimits.attachments) attachments")
        }
        var total = 0
        for attachment in attachments {
            guard (0...WireLimits.attachmentBytes).contains(attachment.length) else {
                throw WireError(.tooLarge, "an attachment is too long")
            }
            total += attachment.length
            guard attachment.name.utf8.count <= WireLimits.headerText,
                attachment.type.utf8.count <= WireLimits.headerText,
                attachment.sha256.utf8.count == 64,
                attachment.sha256.utf8.allSatisfy(\.isLowerHex)
            else { throw WireError(.header, "an attachment is described wrongly") }
        }
        guard total <= WireLimits.attachmentBytes else { throw WireError(.tooLarge, "the attachments are too long") }
    }
}

extension UInt8 {
    fileprivate var isLowerHex: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
