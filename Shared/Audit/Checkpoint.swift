public import Crypto
public import SQLite

/// A signed statement of what the chain was at one point: cutting off events behind it, or rewriting all before it,
/// shows without any earlier copy of the file.
public struct Checkpoint: Sendable, Equatable {
    /// How many events the chain had.
    public var count: UInt64
    /// Its head then.
    public var head: [UInt8]
    /// When it was signed, microseconds since 1970.
    public var at: Int64
    /// The signature of the checkpoint before, empty for the first: checkpoints form a chain too.
    public var previous: [UInt8]
    /// Ed25519 over the other fields.
    public var signature: [UInt8]
    /// The public key that checks it.
    public var key: [UInt8]

    /// A checkpoint as it was stored.
    public init(count: UInt64, head: [UInt8], at: Int64, previous: [UInt8], signature: [UInt8], key: [UInt8]) {
        self.count = count
        self.head = head
        self.at = at
        self.previous = previous
        self.signature = signature
        self.key = key
    }

    /// A checkpoint as it travels: its bytes in hex. Error `.encoding` for what isn't hex.
    public init(
        count: UInt64,
        head: String,
        at: Int64,
        previous: String,
        signature: String,
        key: String
    ) throws(CryptoError) {
        self.count = count
        self.head = try Hex.decode(head)
        self.at = at
        self.previous = try Hex.decode(previous)
        self.signature = try Hex.decode(signature)
        self.key = try Hex.decode(key)
    }

    /// From the columns count, head, at, previous, signature and key, in this order.
    public init(_ row: borrowing Row) {
        count = UInt64(bitPattern: row.int64(0))
        head = row.blob(1)
        at = row.int64(2)
        previous = row.blob(3)
        signature = row.blob(4)
        key = row.blob(5)
    }

    /// Signs the chain's present end.
    public init(_ chain: Chain, at: Int64, previous: [UInt8], signedBy signing: SigningKey) {
        count = chain.count
        head = chain.head
        self.at = at
        self.previous = previous
        key = signing.verifyKey.bytes
        signature = []
        signature = signing.sign(message)
    }

    /// Whether the signature is the key's.
    public var isSigned: Bool {
        guard let key = try? VerifyKey(bytes: key) else { return false }
        return key.isValid(signature, for: message)
    }

    private var message: [UInt8] {
        var fields = Fields()
        fields.append("martlet audit checkpoint 1")
        fields.append(count)
        fields.append(head)
        fields.append(UInt64(bitPattern: at))
        fields.append(previous)
        return fields.bytes
    }
}
