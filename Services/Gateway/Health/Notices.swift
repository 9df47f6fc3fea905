import HTTP
import Loop
import Synchronization
import Telemetry

/// Brings notices to people, by mail where there is a server for it, and always into the log.
///
/// Nobody waits for it. A letter that isn't taken is tried twice more; a restart forgets what waits, and the log and the
/// audit trail have it still.
final class Notices: Sendable {
    private static let mostUnderWay = 256
    private let mailer: Mailer?
    private let waits: [Duration]
    private let underWay = Mutex(0)

    /// - Parameter waits: before each further try.
    init(mailer: Mailer?, waits: [Duration] = [.seconds(5), .seconds(60)]) {
        self.mailer = mailer
        self.waits = waits
    }

    func post(_ notice: Notice, to addresses: [String]) {
        let good = addresses.filter(Mail.isAddress)
        let readers = mailer == nil ? "log" : "\(good.count)"
        Log.warning(notice.sentence, ["connector": notice.id, "type": notice.type, "mailed_to": readers])
        guard let mailer else { return }
        for address in good {
            let hasRoom = underWay.withLock { count in
                guard count < Self.mostUnderWay else { return false }
                count += 1
                return true
            }
            guard hasRoom else { return Log.warning("too many letters wait", ["connector": notice.id]) }
            Task(executorPreference: MailLoop.loop) {
                await self.deliver(notice.mail(to: address), by: mailer, notice.id)
                self.underWay.withLock { $0 -= 1 }
            }
        }
    }

    private func deliver(_ mail: Mail, by mailer: Mailer, _ connector: String) async {
        for wait in waits.map(Optional.some) + [nil] {
            do throws(HTTPError) {
                return try await mailer.send(mail)
            } catch {
                Log.warning("a letter was not taken", ["connector": connector, "reason": error.message])
            }
            guard let wait else { return }
            await Self.pause(wait)
        }
    }

    @NetLoop
    private static func pause(_ wait: Duration) async {
        await withCheckedContinuation { continuation in
            _ = NetLoop.after(wait) { continuation.resume() }
        }
    }
}
