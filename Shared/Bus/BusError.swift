import CZeroMQ
import Glibc

/// Why the bus could not do what it was asked, with a stable code and a sentence that says what to do.
///
/// It never carries a key, a payload or another user's data.
public struct BusError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is. The raw values are stable: logs, metrics and tests name them.
    public enum Code: String, Sendable, CaseIterable {
        /// The address can't be bound or connected to.
        case address
        /// The question's asker was cancelled.
        case cancelled
        /// The socket, link or server was closed.
        case closed
        /// The other side is not there, or left before it answered.
        case down
        /// A queue on the way has reached its bound.
        case full
        /// The gate does not keep strangers out: the self-test failed.
        case gate
        /// A key is missing, malformed or readable by others.
        case keys
        /// The other side answered with `service.error`.
        case refused
        /// libzmq or the kernel refused, for a reason that the message names.
        case system
        /// No answer came in time.
        case timeout
        /// The message can't be sent: it breaks a limit or a rule of the wire protocol.
        case unsendable
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, and what to do about it.
    public let message: String

    /// An error with its sentence.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }

    /// The error that libzmq has just left on this thread; call it before anything else does.
    static func last(_ code: Code, _ doing: String) -> BusError {
        let number = zmq_errno()
        return BusError(code, "\(doing): \(String(cString: zmq_strerror(number)))")
    }
}
