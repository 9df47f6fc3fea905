import CCurl
import Glibc

// What libcurl calls, on the net loop's thread alone. Each enters the object behind its context.

func socketWanted(
    _: UnsafeMutableRawPointer?,
    _ descriptor: CInt,
    _ what: CInt,
    _ context: UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> CInt {
    guard let context else { return 0 }
    let multi = Unmanaged<Multi>.fromOpaque(context).takeUnretainedValue()
    NetLoop.assumeIsolated { multi.wanted(descriptor, what) }
    return 0
}

func timerWanted(_: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?) -> CInt {
    guard let context else { return 0 }
    let multi = Unmanaged<Multi>.fromOpaque(context).takeUnretainedValue()
    NetLoop.assumeIsolated { multi.wantsTimer(milliseconds) }
    return 0
}

func openSocket(
    _ context: UnsafeMutableRawPointer?,
    _: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address else { return -1 }
    let multi = Unmanaged<Multi>.fromOpaque(context).takeUnretainedValue()
    let (family, type, networkProtocol) = (address.pointee.family, address.pointee.socktype, address.pointee.protocol)
    let target = withUnsafePointer(to: address.pointee.addr) { SocketAddress(kernel: $0) }
    return NetLoop.assumeIsolated { multi.open(family, type, networkProtocol, target) }
}

func closeSocket(_ context: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> CInt {
    if let context {
        let multi = Unmanaged<Multi>.fromOpaque(context).takeUnretainedValue()
        NetLoop.assumeIsolated { multi.closing(descriptor) }
    }
    return close(descriptor)
}

func transferHeader(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let easy = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    // The bytes are libcurl's and are looked at on this thread, within this call, alone.
    nonisolated(unsafe) let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return NetLoop.assumeIsolated { easy.transfer?.receivedLine(line) ?? false } ? size * count : 0
}

func transferBytes(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let easy = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    // The bytes are libcurl's and are looked at on this thread, within this call, alone.
    nonisolated(unsafe) let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return NetLoop.assumeIsolated { easy.transfer?.receivedPiece(piece) ?? 0 }
}
