import CEvent

/// Makes the socket that a ``Listener`` accepts from.
enum ListeningSocket {
    /// A socket that listens on `host:port` and does not block.
    static func bind(_ address: String, backlog: Int32) throws(HTTPError) -> CInt {
        guard var raw = parse(address)?.raw else {
            throw HTTPError(.listenFailed, "\(address) is not an address and a port")
        }
        let descriptor = martlet_listen(&raw, backlog)
        guard descriptor >= 0 else {
            throw HTTPError(.listenFailed, "can't listen on \(address)", number: Int(-descriptor))
        }
        return descriptor
    }

    static func parse(_ address: String) -> SocketAddress? {
        guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
            return nil
        }
        var host = address[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        switch host {
        case "localhost": return SocketAddress(numeric: "127.0.0.1", port: port)
        case "", "*": return SocketAddress(numeric: "0.0.0.0", port: port)
        default: return SocketAddress(numeric: String(host), port: port)
        }
    }
}
