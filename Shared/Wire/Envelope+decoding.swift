internal import JSON

extension Envelope {
    private static let keys: JSONKeys = [
        "id", "kind", "source", "sequence", "sent_at", "correlation", "causation", "reply_to", "trace", "ttl_ms", "job",
        "attempt", "lease", "attachments", "minor",
    ]

    /// Reads a header from its bytes without a tree. Unknown keys are ignored; an unknown kind is kept for the caller to judge.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
        guard bytes.count <= WireLimits.header else { throw WireError(.tooLarge, "the header is too long") }
        do throws(JSONError) {
            var found = [15 of Range<Int>?](repeating: nil)
            try JSONScanner.scan(bytes, wanted: Envelope.keys, limits: .wire) { found[$0] = $1 }
            let fields = HeaderFields(bytes: bytes)
            self.init(
                kind: try fields.kind(found[1]),
                source: try fields.source(found[2]),
                id: try fields.ulid(found[0], "id"),
                sequence: try fields.counter(found[3]),
                sentAt: try fields.int(found[4], "sent_at", upTo: .max),
                correlation: try fields.optional(found[5]) { (range) throws(JSONError) in
                    try fields.text(range, "correlation")
                },
                causation: try fields.optional(found[6]) { (range) throws(JSONError) in
                    try fields.ulid(range, "causation")
                },
                replyTo: try fields.optional(found[7]) { (range) throws(JSONError) in try fields.ulid(range, "reply_to")
                },
                trace: try fields.optional(found[8]) { (range) throws(JSONError) in try fields.text(range, "trace") },
                ttlMs: try fields.optional(found[9]) { (range) throws(JSONError) in
                    try fields.int(range, "ttl_ms", upTo: .max)
                },
                job: try fields.optional(found[10]) { (range) throws(JSONError) in try fields.text(range, "job") },
                attempt: try fields.optional(found[11]) { (range) throws(JSONError) in
                    Int(try fields.int(range, "attempt", upTo: 1 << 31))
                },
                lease: try fields.optional(found[12]) { (range) throws(JSONError) in try fields.text(range, "lease") },
                attachments: try fields.optional(found[13]) { (range) throws(JSONError) in
                    try fields.attachments(range)
                } ?? [],
                minor: Int(try fields.int(found[14], "minor", upTo: 1 << 31))
            )
        } catch {
            throw WireError(error, in: "header", field: .header)
        }
        try Attachment.check(attachments)
    }

    /// Reads a header from an array.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(WireError) in
            try Envelope(decoding: UnsafeRawBufferPointer(buffer))
        }
    }
}

/// Typed reads of a scanned header's ranges. An optional member that is null counts as absent.
private struct HeaderFields {
    private static let sourceKeys: JSONKeys = ["service", "instance", "boot"]
    private static let attachmentKeys: JSONKeys = ["name", "type", "length", "sha256"]

    let bytes: UnsafeRawBufferPointer

    func required(_ range: Range<Int>?, _ name: String) throws(JSONError) -> Range<Int> {
        guard let range else { throw JSONError(.missing, "\(name) is missing") }
        return range
    }

    func optional<T>(
        _ range: Range<Int>?,
        _ read: (Range<Int>) throws(JSONError) -> T
    ) throws(JSONError) -> T? {
        guard let range, !JSONScanner.isNull(in: range, of: bytes) else { return nil }
        return try read(range)
    }

    func text(_ range: Range<Int>?, _ name: String) throws(JSONError) -> String {
        let text = try JSONScanner.string(in: required(range, name), of: bytes)
        guard text.utf8.count <= WireLimits.headerText else { throw JSONError(.type, "\(name) is too long") }
        return text
    }

    func int(_ range: Range<Int>?, _ name: String, upTo limit: Int64) throws(JSONError) -> Int64 {
        let value = try JSONScanner.int(in: required(range, name), of: bytes)
        guard (0...limit).contains(value) else { throw JSONError(.type, "\(name) is out of range") }
        return value
    }

    func counter(_ range: Range<Int>?) throws(JSONError) -> UInt64 {
        guard let value = UInt64(decimal: try text(range, "sequence")) else {
            throw JSONError(.type, "sequence is no decimal string")
        }
        return value
    }

    func ulid(_ range: Range<Int>?, _ name: String) throws(JSONError) -> ULID {
        let range = try required(range, name)
        guard range.count == 28, let ulid = ULID(digits: content(range)) else {
            throw JSONError(.type, "\(name) is no ULID")
        }
        return ulid
    }

    func kind(_ range: Range<Int>?) throws(JSONError) -> Kind {
        let range = try required(range, "kind")
        guard JSONScanner.kind(in: range, of: bytes) == .string else { throw JSONError(.type, "kind is not a string") }
        if let known = KindTable.kind(named: content(range)) { return known }
        let kind = Kind(rawValue: try JSONScanner.string(in: range, of: bytes))
        guard kind.isWellFormed else { throw JSONError(.type, "kind isn't well formed") }
        return kind
    }

    func source(_ range: Range<Int>?) throws(JSONError) -> Source {
        var found = [3 of Range<Int>?](repeating: nil)
        try JSONScanner.scan(bytes, in: required(range, "source"), wanted: HeaderFields.sourceKeys, limits: .wire) {
            found[$0] = $1
        }
        return Source(
            service: try text(found[0], "service"),
            instance: try text(found[1], "instance"),
            boot: try text(found[2], "boot")
        )
    }

    func attachments(_ range: Range<Int>) throws(JSONError) -> [Attachment] {
        var ranges: [Range<Int>] = []
        try JSONScanner.elements(of: bytes, in: range, limits: .wire) { ranges.append($0) }
        var attachments: [Attachment] = []
        for range in ranges {
            var found = [4 of Range<Int>?](repeating: nil)
            try JSONScanner.scan(bytes, in: range, wanted: HeaderFields.attachmentKeys, limits: .wire) {
                found[$0] = $1
            }
            attachments.append(
                Attachment(
                    name: try text(found[0], "name"),
                    type: try text(found[1], "type"),
                    length: Int(try int(found[2], "length", upTo: 1 << 40)),
                    sha256: try text(found[3], "sha256")
                )
            )
        }
        return attachments
    }

    /// Between the quotes of a string's range, escapes as they stand; empty when it is too short for quotes.
    private func content(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        guard range.count >= 2 else { return UnsafeBufferPointer(start: nil, count: 0) }
        let inner = UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound + 1..<range.upperBound - 1])
        return inner.assumingMemoryBound(to: UInt8.self)
    }
}

extension UInt64 {
    /// A decimal string as the wire carries counters: digits alone, no leading zero.
    init?(decimal text: String) {
        let digits = text.utf8
        guard let first = digits.first, digits.count <= 20, first != UInt8(ascii: "0") || digits.count == 1 else {
            return nil
        }
        var value: UInt64 = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            let (tens, isTooBig) = value.multipliedReportingOverflow(by: 10)
            let (sum, isPast) = tens.addingReportingOverflow(UInt64(digit))
            guard digit < 10, !isTooBig, !isPast else { return nil }
            value = sum
        }
        self = value
    }
}
