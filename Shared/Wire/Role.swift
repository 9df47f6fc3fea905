/// What a process is in the cluster: bound to its CURVE key by the gatekeeper, so a peer can't choose it.
public enum Role: String, Sendable, CaseIterable, Hashable {
    /// The HTTP front and durable broker.
    case gateway
    /// Makes pictures.
    case imageWorker = "image-worker"
    /// Checks the providers.
    case healthMonitor = "health-monitor"
    /// Keeps the audit trail.
    case auditService = "audit-service"
    /// Shows messages.
    case tap
    /// A person's command line.
    case `operator`
}

/// Several roles, as the table of kinds needs them: a set in one byte.
public struct RoleSet: OptionSet, Sendable, Hashable {
    /// A bit per role, in the order of `Role.allCases`.
    public let rawValue: UInt8

    /// From bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// One role.
    public init(_ role: Role) {
        switch role {
        case .gateway: rawValue = 1
        case .imageWorker: rawValue = 2
        case .healthMonitor: rawValue = 4
        case .auditService: rawValue = 8
        case .tap: rawValue = 16
        case .operator: rawValue = 32
        }
    }

    /// The gateway.
    public static let gateway = RoleSet(.gateway)
    /// The image worker.
    public static let imageWorker = RoleSet(.imageWorker)
    /// The health monitor.
    public static let healthMonitor = RoleSet(.healthMonitor)
    /// The audit service.
    public static let auditService = RoleSet(.auditService)
    /// The tap.
    public static let tap = RoleSet(.tap)
    /// A person's command line.
    public static let `operator` = RoleSet(.operator)
    /// Every role.
    public static let every = RoleSet(rawValue: 63)
}
