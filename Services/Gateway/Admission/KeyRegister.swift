import Crypto
import HTTP

/// The keys that open this gateway, in memory: a hash of each and whose it is.
///
/// A key is looked up by its SHA-256, so the register holds nothing that opens anything, and the time of a look-up
/// tells nothing about a key. Filled from the store at start and after each commit that changes a key.
@NetLoop
final class KeyRegister {
    private var callers: [[UInt8]: Caller] = [:]
    private var callersByKeyID: [String: Caller] = [:]

    func replaceAll(_ entries: [(hash: [UInt8], caller: Caller)]) {
        (callers, callersByKeyID) = ([:], [:])
        for entry in entries { add(entry.caller, hash: entry.hash) }
    }

    func add(_ caller: Caller, hash: [UInt8]) {
        callers[hash] = caller
        callersByKeyID[caller.keyID] = caller
    }

    func remove(keyID: String) {
        callers = callers.filter { $0.value.keyID != keyID }
        callersByKeyID[keyID] = nil
    }

    /// Whom a key stands for; nil once it is deleted.
    func caller(keyID: String) -> Caller? { callersByKeyID[keyID] }

    /// The caller of a request, or an error in words that help.
    func caller(of request: Request) throws(GatewayError) -> Caller {
        guard let key = Self.key(in: request.headers) else {
            throw GatewayError(
                .unauthorized,
                "No API key was given. Send it as `Authorization: Bearer sk-mt-…` or `x-api-key`."
            )
        }
        guard key.utf8.count <= 256, let caller = callers[Digest.sha256(Array(key.utf8))] else {
            throw GatewayError(.unauthorized, "This API key is not known here.")
        }
        return caller
    }

    /// Whether a request shows a key, right or wrong. What a proxy in front asks its own visitors for is none.
    static func showsKey(_ request: Request) -> Bool { key(in: request.headers) != nil }

    /// Where the SDKs put their keys: OpenAI's, Anthropic's, Azure's, Google's.
    private static func key(in headers: Fields) -> String? {
        if let value = headers["authorization"] {
            let bearer = "bearer "
            guard value.utf8.count > bearer.utf8.count, value.prefix(bearer.count).lowercased() == bearer else {
                return nil
            }
            return String(value.dropFirst(bearer.count))
        }
        return headers["x-api-key"] ?? headers["api-key"] ?? headers["x-goog-api-key"]
    }
}
