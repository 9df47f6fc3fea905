import Crypto

/// What an answer of the gateway says about the event it wrote: where the event stands in the gateway's outbox, and
/// the hash of its bytes. Whoever keeps it can have the event proven later, see ``Proof``.
///
/// The bytes hold the event's random identifier, so the hash gives nothing of them away.
public struct Receipt: Sendable, Hashable, CustomStringConvertible {
    /// The outbox's name.
    public let stream: String
    /// The event's number in it.
    public let seq: UInt64
    /// SHA-256 of the event's bytes.
    public let hash: [UInt8]

    /// The receipt of an event's bytes.
    public init(stream: String, seq: UInt64, body: [UInt8]) {
        self.stream = stream
        self.seq = seq
        hash = Digest.sha256(body)
    }

    /// As ``description`` wrote it; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].utf8.count <= 128, let seq = UInt64(parts[1]),
            seq >= 1, seq <= UInt64(Int64.max), let hash = try? Hex.decode(String(parts[2])),
            hash.count == SHA256.byteCount
        else { return nil }
        stream = String(parts[0])
        self.seq = seq
        self.hash = hash
    }

    /// `<stream>.<number>.<hash in hex>`.
    public var description: String { "\(stream).\(seq).\(Hex.encode(hash))" }
}
