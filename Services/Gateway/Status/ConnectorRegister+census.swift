extension ConnectorRegister {
    /// Names of broken connectors that are told.
    private static let toldNames = 5

    /// How many connectors there are of which kind at that time, microseconds of the wall clock.
    func census(at now: Int64) -> ClusterStatus.Connectors {
        var census = ClusterStatus.Connectors()
        var broken: [String] = []
        for connector in all.values {
            census.total += 1
            let isDown = connector.isDown(at: now)
            switch connector.status {
            case .revoked: census.revoked += 1
            case .authInvalid: census.authInvalid += 1
            case .active:
                census.active += 1
                switch connector.shownHealth(at: now) {
                case _ where isDown: census.down += 1
                case nil, "unknown": census.unknown += 1
                case "ok": census.ok += 1
                default: break
                }
            }
            if connector.owner == .organisation, connector.status == .authInvalid || isDown {
                broken.append(connector.displayName)
            }
        }
        census.broken = Array(broken.sorted().prefix(Self.toldNames))
        return census
    }
}
