internal import Wire

/// Decides who may connect: the ZAP handler of a context.
///
/// libzmq asks it once per handshake, with the client's proven public key and the domain of the server that was
/// called. It answers with the role that owns the key, and libzmq stamps that role on every message of the
/// connection as `User-Id`. Without a handler libzmq lets **everyone** in, CURVE or not; so it is bound before any
/// server, and ``Gatekeeper/selfTest(_:serverKey:context:knockingAs:timeout:)`` proves the gate closed before a server reads
/// its first message. It is asked at handshakes only: a withdrawn key keeps the connections that it has.
@BusLoop
final class Gatekeeper {
    private let socket: Socket
    private var domains: [String: [[UInt8]: Role]] = [:]

    /// Handshakes let in and refused, since the start.
    private(set) var admitted = 0
    private(set) var refused = 0

    private static let address = "inproc://zeromq.zap.01"
    private static let version = Array("1.0".utf8)

    /// The gatekeeper of that context, made when it has none.
    static func of(_ context: Context) throws(BusError) -> Gatekeeper {
        if let gatekeeper = context.gatekeeper { return gatekeeper }
        let gatekeeper = try Gatekeeper(context)
        context.gatekeeper = gatekeeper
        return gatekeeper
    }

    private init(_ context: Context) throws(BusError) {
        socket = try Socket(.reply, in: context)
        try socket.bind(Self.address)
        socket.onReadable { [weak self] in self?.drain() }
    }

    /// Lets the holders of those roles' keys into a domain. Others are refused while they shake hands.
    func open(_ domain: String, to admitted: Set<Role>, keys: KeyRing) {
        var roles: [[UInt8]: Role] = [:]
        for role in admitted {
            if let key = keys.publicKeys[role], let bytes = CurveKeys.bytes(key) { roles[bytes] = role }
        }
        domains[domain] = roles
    }

    /// Lets nobody into a domain any more.
    func close(_ domain: String) { domains[domain] = nil }

    /// Answers no more; libzmq then lets everyone in. For the test that has to notice it.
    func retire() { socket.close() }

    private func drain() {
        for _ in 0..<Socket.messagesPerTurn {
            guard let received = try? socket.receive(ReceiveLimits()) else { return }
            _ = try? socket.send(answer(received.frames))
        }
    }

    // A question is: version, its id, domain, address, routing id, mechanism, and for CURVE the public key.
    // An answer is: version, the id, status code and text, user id, metadata.
    private func answer(_ question: [[UInt8]]) -> [[UInt8]] {
        let id = question.count > 1 ? question[1] : []
        guard let role = role(asking: question) else {
            refused += 1
            return [Self.version, id, Array("400".utf8), Array("not admitted".utf8), [], []]
        }
        admitted += 1
        return [Self.version, id, Array("200".utf8), Array("welcome".utf8), Array(role.rawValue.utf8), []]
    }

    private func role(asking question: [[UInt8]]) -> Role? {
        guard question.count == 7, question[0] == Self.version, question[5] == Array("CURVE".utf8) else { return nil }
        return domains[String(decoding: question[2], as: UTF8.self)]?[question[6]]
    }
}
