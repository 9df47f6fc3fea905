/// What can go wrong in this module. It never holds a key, a plain text or a file's content.
public struct CryptoError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Stable names for the causes.
    public enum Code: String, Sendable {
        /// The bytes are not what the encoding or the format asks for.
        case malformed
        /// The seal is broken: wrong key, wrong context, or changed bytes.
        case forged
        /// The key ring doesn't hold the key that sealed this.
        case unknownKey = "unknown_key"
        /// A key, nonce or signature has the wrong length.
        case length
        /// A file can't be read, made or replaced.
        case file
        /// A secret's file may be read by others.
        case permissions
    }

    /// The cause.
    public let code: Code
    /// A sentence for people.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
