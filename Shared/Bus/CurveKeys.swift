import CZeroMQ

/// A CURVE key pair in Z85, 40 characters each. The secret half is printed nowhere.
public struct CurveKeys: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// What everyone may know.
    public let publicKey: String
    let secret: String

    /// The length of either half, in characters.
    public static let length = 40

    /// A new pair.
    public static func generate() throws(BusError) -> CurveKeys {
        var publicKey = [CChar](repeating: 0, count: length + 1)
        var secret = publicKey
        guard zmq_curve_keypair(&publicKey, &secret) == 0 else {
            throw .last(.keys, "libzmq can't make CURVE keys; was it built with libsodium?")
        }
        return CurveKeys(publicKey: text(publicKey), secret: text(secret))
    }

    /// The pair of a secret half.
    init(secret: String) throws(BusError) {
        var publicKey = [CChar](repeating: 0, count: Self.length + 1)
        guard secret.utf8.count == Self.length, zmq_curve_public(&publicKey, secret) == 0 else {
            throw BusError(.keys, "not a CURVE secret key: it has to be \(Self.length) characters of Z85")
        }
        self.init(publicKey: Self.text(publicKey), secret: secret)
    }

    private init(publicKey: String, secret: String) {
        self.publicKey = publicKey
        self.secret = secret
    }

    /// The public half.
    public var description: String { "CurveKeys(\(publicKey))" }

    /// The public half: a dump does not reach the secret.
    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }

    /// The 32 bytes of a key in Z85, or nil when it is none.
    static func bytes(_ key: String) -> [UInt8]? {
        guard key.utf8.count == length else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        return zmq_z85_decode(&bytes, key) == nil ? nil : bytes
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
