import Bus
import Loop
import SQLite
import Telemetry
import Wire

/// What attempts cost, whoever they came from.
extension JobDesk {
    /// Writes down what an attempt cost, whether or not its lease is still good: the provider charges for it all the same.
    func recordCost(_ spent: Spent?, of image: String, lease: String) {
        guard let cost = spent?.costUSD else { return }
        Task(executorPreference: BusLoop.loop) { _ = await self.writeCost(cost, of: image, lease: lease) }
    }

    /// As ``recordCost(_:of:lease:)``; false when it could not be written. An attempt without a price has nothing to write.
    func writeCost(_ cost: Double?, of image: String, lease: String) async -> Bool {
        guard let cost else { return true }
        do {
            try await commit.write { [store] db in try store.paid(cost, for: image, lease: lease, in: db) }
            return true
        } catch {
            Log.error("an attempt's cost could not be written", ["image": image, "reason": "\(error)"])
            return false
        }
    }
}
