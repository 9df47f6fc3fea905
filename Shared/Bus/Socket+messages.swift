import CZeroMQ
import Glibc
internal import Wire

extension Socket {
    // MARK: Sending

    /// Sends one message whole or not at all; with a routing id first on a router.
    ///
    /// Only the first frame can meet a full queue. Once it is in, the rest follows: were it broken off, the next
    /// message's frames would become its body.
    func send(to routing: [UInt8]? = nil, _ frames: [[UInt8]]) throws(BusError) -> Outcome {
        guard raw != nil else { throw .socketClosed }
        if let routing {
            let outcome = try sendPart(routing, more: true)
            guard outcome == .accepted else { return outcome }
        }
        for (index, frame) in frames.enumerated() {
            let outcome = try sendPart(frame, more: index + 1 < frames.count)
            // In the middle of a message it means that the connection died: libzmq has let go of the frames before.
            guard outcome == .accepted else { return outcome }
        }
        return .accepted
    }

    private func sendPart(_ bytes: [UInt8], more: Bool) throws(BusError) -> Outcome {
        try scratch.fill(bytes)
        return try pass(more: more)
    }

    /// Sends a frame that ``receive(into:)`` filled, without a copy; it is empty afterwards, if accepted.
    public func forward(_ frame: inout Frame, more: Bool) throws(BusError) -> Outcome {
        swap(&frame, &scratch)
        defer { swap(&frame, &scratch) }
        return try pass(more: more)
    }

    private func pass(more: Bool) throws(BusError) -> Outcome {
        guard let raw else { throw .socketClosed }
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        while true {
            if zmq_msg_send(scratch.raw, raw, flags) >= 0 { return .accepted }
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return .full
            case EHOSTUNREACH: return .unreachable
            default: throw .last(.system, "send")
            }
        }
    }

    // MARK: Receiving

    /// Takes the next frame, or returns false when there is none.
    public func receive(into frame: inout Frame) throws(BusError) -> Bool {
        guard let raw else { throw .socketClosed }
        while true {
            if zmq_msg_recv(frame.raw, raw, ZMQ_DONTWAIT) >= 0 { return true }
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return false
            default: throw .last(.system, "receive")
            }
        }
    }

    /// Takes the next message whole, or returns nil when there is none. Frames past the limits are read and dropped,
    /// so that the next call begins at the next message.
    func receive(_ limits: ReceiveLimits) throws(BusError) -> Received? {
        guard try receive(into: &scratch) else { return nil }
        var received = Received()
        var more = scratch.hasMore
        if limits.hasRoutingID {
            received.routing = scratch.copy()
            guard more, try receive(into: &scratch) else {
                received.isOversize = true
                return received
            }
            more = scratch.hasMore
        }
        received.userID = scratch.property("User-Id")
        received.take(scratch, limits)
        while more {
            guard try receive(into: &scratch) else { break }
            more = scratch.hasMore
            received.take(scratch, limits)
        }
        return received
    }
}

/// What a message may measure at most.
struct ReceiveLimits {
    var hasRoutingID = false
    var firstFrameBytes = WireLimits.firstFrame
    var attachments = WireLimits.attachments
    var attachmentBytes = WireLimits.attachmentBytes
}

/// One message as it came.
struct Received {
    var routing: [UInt8] = []
    /// The role that the gatekeeper gave to the connection.
    var userID: String?
    var frames: [[UInt8]] = []
    /// A limit was broken; `frames` holds what came before.
    var isOversize = false
    private var attachmentBytes = 0

    init() {}

    fileprivate mutating func take(_ frame: borrowing Frame, _ limits: ReceiveLimits) {
        guard !isOversize else { return }
        let size = frame.count
        if frames.isEmpty {
            isOversize = size > limits.firstFrameBytes
        } else {
            attachmentBytes += size
            isOversize = frames.count > limits.attachments || attachmentBytes > limits.attachmentBytes
        }
        if isOversize { frames = [] } else { frames.append(frame.copy()) }
    }
}
