import Glibc
import Loop

/// An answer of server-sent events (WHATWG HTML, section 9.2).
@NetLoop
public final class EventStream {
    /// The bytes below, for back-pressure: ``ResponseStream/isAboveMark`` and ``ResponseStream/onDrain``.
    public let stream: ResponseStream
    private let keepAlive: Duration?
    private var lastWrite = Moment.now
    private static var scratch: [UInt8] = []

    init(_ stream: ResponseStream, keepAlive: Duration?) {
        self.stream = stream
        self.keepAlive = keepAlive
        if let keepAlive { watch(keepAlive) }
    }

    /// Whether nothing more can be written: finished, or the client left.
    public var isClosed: Bool { stream.isClosed }

    /// Writes one event. Line ends inside the data become further `data:` lines.
    public func event(name: String? = nil, id: String? = nil, data: [UInt8]) {
        data.withUnsafeBytes { event(name: name, id: id, data: $0) }
    }

    /// Writes one event of text.
    public func event(name: String? = nil, id: String? = nil, data: String) {
        var data = data
        data.withUTF8 { event(name: name, id: id, data: UnsafeRawBufferPointer($0)) }
    }

    /// Writes one event.
    public func event(name: String? = nil, id: String? = nil, data: UnsafeRawBufferPointer) {
        guard !isClosed else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &Self.scratch)
        bytes.reserveCapacity(data.count + 64)
        if let name { Self.append(field: "event: ", name, to: &bytes) }
        if let id { Self.append(field: "id: ", id, to: &bytes) }
        Self.append(data, to: &bytes)
        bytes.append(0x0a)
        bytes.withUnsafeBytes { raw($0) }
        if bytes.capacity <= 64 * 1024 {
            bytes.removeAll(keepingCapacity: true)
            swap(&bytes, &Self.scratch)
        }
    }

    /// Writes one event, then waits while unsent output is above the mark.
    ///
    /// - Throws: `reset_by_peer` when the client has left, `cancelled` when the task is.
    public func send(name: String? = nil, id: String? = nil, data: [UInt8]) async throws(HTTPError) {
        event(name: name, id: id, data: data)
        try await stream.drained()
    }

    /// Writes an id without an event: where a client goes on that loses the stream before the first one.
    public func mark(id: String) {
        var bytes: [UInt8] = []
        Self.append(field: "id: ", id, to: &bytes)
        bytes.append(0x0a)
        bytes.withUnsafeBytes { raw($0) }
    }

    /// Writes a comment line, which clients ignore.
    public func comment(_ text: String) {
        var bytes: [UInt8] = []
        Self.append(field: ": ", text, to: &bytes)
        bytes.append(0x0a)
        bytes.withUnsafeBytes { raw($0) }
    }

    /// Writes bytes that are whole events already.
    public func raw(_ bytes: UnsafeRawBufferPointer) {
        lastWrite = .now
        stream.write(bytes)
    }

    /// Ends the stream.
    public func finish() { stream.finish() }

    private static func append(field: StaticString, _ value: String, to bytes: inout [UInt8]) {
        HeadWriter.append(&bytes, field)
        for byte in value.utf8 where byte != 0x0a && byte != 0x0d && byte != 0 { bytes.append(byte) }
        bytes.append(0x0a)
    }

    private static func append(_ data: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        var rest = data[...]
        while true {
            let end = rest.firstIndex { $0 == 0x0a || $0 == 0x0d } ?? rest.endIndex
            HeadWriter.append(&bytes, "data: ")
            bytes.append(contentsOf: rest[..<end])
            bytes.append(0x0a)
            guard end < rest.endIndex else { return }
            let isPair = rest[end] == 0x0d && end + 1 < rest.endIndex && rest[end + 1] == 0x0a
            rest = rest[(end + (isPair ? 2 : 1))...]
        }
    }

    /// Sleeps until nothing was written for the whole interval, and says so on the wire.
    private func watch(_ interval: Duration) {
        NetLoop.after(lastWrite + interval - .now) { [weak self] in
            guard let self, !isClosed else { return }
            if lastWrite + interval <= .now { comment("keep-alive") }
            watch(interval)
        }
    }
}
