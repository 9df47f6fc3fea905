import HTTP
import Loop
import Providers
import Telemetry

/// Collects the rows of the call log and gives them to the store in batches.
///
/// A row waits at most ``interval``, so a killed gateway may lose the rows of that last moment; the calls themselves
/// don't wait for the disk. When the store can't take them (disk full), at most ``limit`` rows are kept and the
/// oldest are dropped and counted.
@NetLoop
final class CallLog {
    private static let interval = Duration.milliseconds(50)
    /// The pause after the store didn't take them.
    private static let retryAfter = Duration.seconds(1)
    private static let limit = 16_384

    private let dropped = Metrics.counter(.callRowsDropped)

    let meters: CallMeters
    private var rows: [CallRow] = []
    private var isScheduled = false
    private let write: @Sendable ([CallRow], [String: Int64], Caps.Changes) async throws -> Void
    /// What calls use of their connectors' caps is written with their rows.
    let caps: Caps
    private let connectors: ConnectorRegister
    /// Hears each row as it comes.
    var onRow: @NetLoop (CallRow) -> Void = { _ in }

    /// - Parameters:
    ///   - prices: whose models are told apart in metrics.
    ///   - write: commits rows, the connectors' times of use and their tokens together.
    init(
        connectors: ConnectorRegister,
        caps: Caps,
        prices: Prices = .standard,
        write: @escaping @Sendable ([CallRow], [String: Int64], Caps.Changes) async throws -> Void
    ) {
        self.connectors = connectors
        self.caps = caps
        self.write = write
        meters = CallMeters(prices: prices)
    }

    func record(_ row: CallRow) {
        meters.count(row)
        onRow(row)
        rows.append(row)
        if rows.count > Self.limit {
            dropped.add(rows.count - Self.limit)
            rows.removeFirst(rows.count - Self.limit)
        }
        schedule()
    }

    private func schedule(after pause: Duration = interval) {
        guard !isScheduled else { return }
        isScheduled = true
        _ = NetLoop.after(pause) { [self] in beginFlush() }
    }

    private func beginFlush() {
        Task(executorPreference: NetLoop.loop) { await self.flushAndGoOn() }
    }

    private func flushAndGoOn() async {
        let isWritten = await flush()
        isScheduled = false
        if !rows.isEmpty { schedule(after: isWritten ? Self.interval : Self.retryAfter) }
    }

    /// Writes what is there now; false when the store didn't take it.
    @discardableResult
    func flush() async -> Bool {
        let batch = rows
        guard !batch.isEmpty else { return true }
        rows.removeAll(keepingCapacity: true)
        let changes = caps.takeChanges()
        do {
            try await write(batch, connectors.takeUsed(), changes)
            caps.written(changes)
            return true
        } catch {
            caps.giveBack(changes)
            rows.insert(contentsOf: batch, at: 0)
            Log.warning("call log not written", ["rows": batch.count])
            return false
        }
    }
}
