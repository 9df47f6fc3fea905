import Glibc
import HTTP
import Loop

/// `provider-sim --health`: asks a simulator on this machine whether it serves, so that an image needs no other program
/// for its health check.
enum HealthQuestion {
    /// Asks, and ends the process with 0 or 1.
    static func run(_ options: Options) -> Never {
        Task(executorPreference: NetLoop.loop) { @Sendable @NetLoop in
            let serves = await isServing(options.address)
            say("provider-sim: \(serves ? "well" : "no answer at \(options.address)")\n", to: STDOUT_FILENO)
            _exit(serves ? 0 : 1)
        }
        while true { pause() }
    }

    /// Whether a simulator answers there within two seconds; an address of all interfaces is asked on loopback.
    @NetLoop
    static func isServing(_ address: String) async -> Bool {
        let port = address.split(separator: ":").last.map(String.init) ?? ""
        let host = address.hasPrefix("0.0.0.0:") ? "127.0.0.1:\(port)" : address
        let timeouts = ClientRequest.Timeouts(connect: .seconds(2), total: .seconds(2))
        let transfer = Client().start(ClientRequest(method: "GET", url: "http://\(host)/sim", timeouts: timeouts))
        return (try? await transfer.head())?.status == 200
    }
}
