import CZeroMQ
import Glibc

/// One frame of a ZeroMQ message: libzmq's own buffer, so that it can be passed on without a copy.
///
/// The `zmq_msg_t` lies on the heap and never moves. Bytes are lent for the length of a closure only.
public struct Frame: ~Copyable {
    let raw: UnsafeMutablePointer<zmq_msg_t>

    /// Payloads from this size on are handed to libzmq without a copy; below it, copying is the cheaper way.
    static let copyLimit = 32_768

    /// An empty frame, to receive into.
    public init() {
        raw = .allocate(capacity: 1)
        zmq_msg_init(raw)
    }

    deinit {
        zmq_msg_close(raw)
        raw.deallocate()
    }

    /// The number of bytes.
    public var count: Int { zmq_msg_size(raw) }

    /// Whether another frame of the same message follows; meaningful after a receive.
    public var hasMore: Bool { zmq_msg_more(raw) != 0 }

    /// Lends the bytes.
    public borrowing func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        body(UnsafeRawBufferPointer(start: zmq_msg_data(raw), count: zmq_msg_size(raw)))
    }

    /// A copy of the bytes.
    public borrowing func copy() -> [UInt8] {
        withBytes { source in
            [UInt8](unsafeUninitializedCapacity: source.count) { buffer, count in
                count = source.count
                if let from = source.baseAddress, let to = buffer.baseAddress { memcpy(to, from, count) }
            }
        }
    }

    /// A property that libzmq attached to the connection, such as `User-Id`.
    ///
    /// On a ROUTER the first frame (the routing id) has none in 4.3.4: ask a later one.
    borrowing func property(_ name: StaticString) -> String? {
        let text = name.withUTF8Buffer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { zmq_msg_gets(raw, $0.baseAddress) }
        }
        return text.map { String(cString: $0) }
    }

    /// Puts bytes into the frame in place of what it holds.
    ///
    /// From ``copyLimit`` on the array itself is lent to libzmq, whose I/O thread lets go of it once it is written.
    mutating func fill(_ bytes: [UInt8]) throws(BusError) {
        zmq_msg_close(raw)
        if bytes.count >= Self.copyLimit {
            lend(bytes)
            return
        }
        guard zmq_msg_init_size(raw, bytes.count) == 0 else {
            let error = BusError.last(.system, "no memory for a frame of \(bytes.count) bytes")
            zmq_msg_init(raw)
            throw error
        }
        bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            memcpy(zmq_msg_data(raw), base, source.count)
        }
    }

    private func lend(_ bytes: [UInt8]) {
        let lent = Unmanaged.passRetained(LentBytes(bytes))
        let storage = lent.takeUnretainedValue()
        let status = zmq_msg_init_data(raw, storage.base, storage.count, releaseLentBytes, lent.toOpaque())
        // It fails for lack of a few dozen bytes only, and then without having called the release function.
        guard status == 0 else { fatalError("zmq_msg_init_data: no memory") }
    }
}

/// Keeps an array alive while libzmq sends it.
///
/// The address is taken out of `withUnsafeBytes`: an array's native storage neither moves nor changes while somebody
/// else holds a reference to it, since every writer then copies first.
private final class LentBytes {
    let bytes: [UInt8]
    let base: UnsafeMutableRawPointer?
    let count: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        count = bytes.count
        base = bytes.withUnsafeBytes { UnsafeMutableRawPointer(mutating: $0.baseAddress) }
    }
}

/// Called on one of libzmq's I/O threads.
private func releaseLentBytes(_: UnsafeMutableRawPointer?, _ hint: UnsafeMutableRawPointer?) {
    if let hint { Unmanaged<LentBytes>.fromOpaque(hint).release() }
}
