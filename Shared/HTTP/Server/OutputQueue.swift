import CEvent
import Glibc

/// Bytes that wait for a socket: small writes gathered, large ones kept as they are.
///
/// Buffers of gathered bytes go back to a pool when they have been sent, so an idle connection holds none.
@NetLoop
struct OutputQueue {
    /// What a send came to.
    enum Outcome { case sent, full, lost }

    /// Bytes not yet in the socket.
    private(set) var count = 0
    private var segments: [[UInt8]] = []
    private var sentOfFirst = 0
    /// Whether the last segment is one of ours, to be added to.
    private var lastIsOpen = false

    private static var pool: [[UInt8]] = []
    private static let segmentBytes = 32 * 1024
    private static let pooled = 256
    private static let pooledBytes = 1_024

    private static func fresh() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pooledBytes)
        return bytes
    }

    /// Adds bytes by writing them into the last open segment.
    @inline(__always)
    mutating func gather(_ write: (inout [UInt8]) -> Void) {
        if !lastIsOpen || segments[segments.count - 1].count >= Self.segmentBytes {
            segments.append(Self.pool.popLast() ?? Self.fresh())
            lastIsOpen = true
        }
        let last = segments.count - 1
        let before = segments[last].count
        write(&segments[last])
        count += segments[last].count - before
    }

    /// Adds bytes that need not be copied.
    mutating func append(whole bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        segments.append(bytes)
        lastIsOpen = false
        count += bytes.count
    }

    /// Sends as much as the socket takes.
    mutating func send(to descriptor: CInt) -> Outcome {
        while count > 0 {
            let wanted = segments[0].count - sentOfFirst + (segments.count > 1 ? segments[1].count : 0)
            let sent = sendOnce(descriptor)
            if sent < 0 {
                if sent == -Int(EINTR) { continue }
                return sent == -Int(EAGAIN) ? .full : .lost
            }
            drop(sent)
            if sent < wanted { return .full }
        }
        return .sent
    }

    /// Offers the first two segments to the socket. Nothing outlives this that holds a segment: one that is held twice
    /// could not go back to the pool.
    private func sendOnce(_ descriptor: CInt) -> Int {
        segments[0].withUnsafeBytes { first in
            let start = first.baseAddress.map { $0 + sentOfFirst }
            let left = first.count - sentOfFirst
            guard segments.count > 1 else { return martlet_send(descriptor, start, left) }
            return segments[1].withUnsafeBytes { martlet_send_two(descriptor, start, left, $0.baseAddress, $0.count) }
        }
    }

    private mutating func drop(_ sent: Int) {
        count -= sent
        var left = sent
        while !segments.isEmpty, left >= segments[0].count - sentOfFirst {
            left -= segments[0].count - sentOfFirst
            sentOfFirst = 0
            if segments.count == 1 { lastIsOpen = false }
            // `removeFirst` builds the array anew even when nothing is left.
            recycle(segments.count == 1 ? segments.removeLast() : segments.removeFirst())
        }
        sentOfFirst += left
    }

    private func recycle(_ segment: consuming [UInt8]) {
        guard segment.capacity >= Self.pooledBytes, segment.capacity <= 2 * Self.segmentBytes,
            Self.pool.count < Self.pooled
        else {
            return
        }
        var segment = segment
        segment.removeAll(keepingCapacity: true)
        Self.pool.append(segment)
    }

    /// Forgets everything.
    mutating func removeAll() {
        self = OutputQueue()
    }
}
