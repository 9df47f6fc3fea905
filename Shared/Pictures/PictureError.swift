/// Why a picture was refused.
///
/// The message says what to do or what was seen, in words that may be shown to a caller; it never holds bytes of the
/// picture. `detail` is the library's own text, for logs.
public struct PictureError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong; the raw values are stable and may be stored.
    public enum Code: String, Sendable {
        /// The bytes are no picture at all: empty, text, a web page, noise.
        case notAPicture = "not_a_picture"
        /// A picture of a type that is not let in, such as SVG or GIF.
        case unsupportedType = "unsupported_type"
        /// More bytes, pixels or a longer side than the limits allow.
        case tooLarge = "too_large"
        /// It begins like a picture but cannot be decoded to the end.
        case damaged = "damaged"
        /// The pixels were fine, writing them was not possible.
        case encodeFailed = "encode_failed"
        /// ``Pictures/start(allowing:)`` has not run, or was not asked to allow this.
        case notStarted = "not_started"
    }

    /// What went wrong.
    public let code: Code
    /// The same for people.
    public let message: String
    /// What libvips said, at most 511 bytes; empty when it wasn't asked.
    public let detail: String

    init(_ code: Code, _ message: String, detail: String = "") {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Code and message.
    public var description: String { "\(code.rawValue): \(message)" }
}
