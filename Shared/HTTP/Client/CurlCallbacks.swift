import CCurl
import Glibc

// What libcurl calls, on the net loop's thread alone. Each enters the object behind its context.

private let wantedDoor = NetLoop.door { (call: (Multi, CInt, CInt)) in call.0.wanted(call.1, call.2) }
private let timerDoor = NetLoop.door { (call: (Multi, Int)) in call.0.wantsTimer(call.1) }
private let lineDoor = NetLoop.door { (call: (EasyHandle, UnsafeRawBufferPointer)) in
    call.0.transfer?.receivedLine(call.1) ?? false
}
private let pieceDoor = NetLoop.door { (call: (EasyHandle, UnsafeRawBufferPointer)) in
    call.0.transfer?.receivedPiece(call.1) ?? 0
}

func socketWanted(
    _: UnsafeMutableRawPointer?,
    _ descriptor: CInt,
    _ what: CInt,
    _ context: UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> CInt {
    guard let context else { return 0 }
    let multi = Unmanaged<Multi>.fromOpaque(context).takeUnretainedValue()
    wantedDoor((multi, descriptor, what))
    return 0
}

func timerWanted(_: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?) -> CInt {
    guard let context else { return 0 }
    let multi = Unmanaged<Multi>.fromOpaque(context).takeUnretainedValue()
    timerDoor((multi, milliseconds))
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
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return lineDoor((easy, line)) ? size * count : 0
}

func transferBytes(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let easy = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return pieceDoor((easy, piece))
}
