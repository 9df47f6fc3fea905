import Crypto
import Glibc
public import Wire

/// Who this process is: the service, its instance, and this start of it.
public struct Identity: Sendable, Hashable {
    /// The executable, for example `image-worker`.
    public let service: String
    /// Stays over restarts; at most 64 letters, digits, `-`, `_` and `.`.
    public let instance: String
    /// 16 hex digits, random at each start.
    public let boot: String

    /// An identity with a fresh boot. Without a name the instance is `<service>-<host>`.
    public init(service: String, instance: String = "") {
        self.service = service
        let wanted = instance.isEmpty ? "\(service)-\(Self.hostName)" : instance
        self.instance = String(wanted.unicodeScalars.prefix(64).map { Self.isPlain($0) ? Character($0) : "-" })
        boot = Hex.encode(Random.bytes(8))
    }

    /// As messages carry it.
    public var source: Source { Source(service: service, instance: instance, boot: boot) }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
        default: false
        }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "local" }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
