import HTTP

/// Shows each call its ways: what its caller may use, with the pin of the feature that it names.
@NetLoop
final class Signpost {
    /// Names the feature whose pin counts.
    nonisolated static let featureHeader = "x-martlet-feature"

    let connectors: ConnectorRegister
    private let pins: Pins
    private let upstream: Upstream

    init(connectors: ConnectorRegister, pins: Pins, upstream: Upstream) {
        self.connectors = connectors
        self.pins = pins
        self.upstream = upstream
    }

    /// - Parameter feature: any text; one that nobody has pinned changes nothing.
    func plan(for caller: Caller, feature: String?) -> Plan {
        var plan = upstream.plan(connectors.usable(by: caller))
        if let feature { plan.pinned = pins.connector(of: caller.userID, for: feature) }
        return plan
    }

    /// - Parameter feature: goes before the one that the headers name.
    func plan(for call: Call, feature: String? = nil) -> Plan {
        plan(for: call.caller, feature: feature ?? call.request.headers[Self.featureHeader])
    }
}
