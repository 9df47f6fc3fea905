import HTTP

/// Which connector each user wants for which feature, in memory: a look-up on the path of a call never waits for the
/// store. Filled from the store at start and after each commit that changes a pin.
@NetLoop
final class Pins {
    /// By user and feature, a connector's id.
    private var all: [String: [String: String]] = [:]

    func replaceAll(_ pins: [PinStore.Pin]) {
        all = [:]
        for pin in pins { set(pin) }
    }

    func set(_ pin: PinStore.Pin) { all[pin.user, default: [:]][pin.feature] = pin.connector }

    func remove(_ feature: String, of user: String) { all[user]?[feature] = nil }

    /// A user is gone.
    func forget(user: String) { all[user] = nil }

    /// A connector is gone, and with it whoever's pins to it.
    func forget(connector: String) {
        for (user, pins) in all { all[user] = pins.filter { $0.value != connector } }
    }

    /// The connector's id; nil for a feature without a pin, whatever its name.
    func connector(of user: String, for feature: String) -> String? { all[user]?[feature] }
}
