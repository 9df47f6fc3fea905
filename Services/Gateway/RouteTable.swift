import HTTP

/// Every path that the gateway answers, as a table: an exact one costs one look-up, one with `{…}` parts is compared
/// part by part.
@NetLoop
struct RouteTable {
    /// Who may call.
    enum Access: Sendable {
        case open
        case user
        case admin
    }

    /// What a call does besides answering.
    enum Effect: Sendable, Equatable {
        /// Nothing.
        case reads
        /// It asks a provider, which is in the call log, and at most marks what came of it.
        case asks
        /// It changes what is stored, and leaves one audit event of that type in the same transaction.
        case records(String)
        /// It asks a provider, and where its body wants that it records too; then it sees to the room by itself.
        case mayRecord(String)

        /// The type of the audit event that it can leave.
        var event: String? {
            switch self {
            case .reads, .asks: nil
            case .records(let type), .mayRecord(let type): type
            }
        }
    }

    typealias Handler = @NetLoop (Call) async throws -> Void

    struct Route {
        let method: String
        let path: String
        let access: Access
        let effect: Effect
        let handler: Handler
        /// Whether it is refused while the disk is full: what makes something that must last. To cancel or to take away
        /// is always possible.
        var needsRoom: Bool { if case .records = effect { method != "DELETE" } else { false } }
        let meter: RouteMeter

        /// What isn't said to do more only reads; a test holds every method but GET to saying it.
        init(
            _ method: String,
            _ path: String,
            _ access: Access = .user,
            _ effect: Effect = .reads,
            _ handler: @escaping Handler
        ) {
            self.method = method
            self.path = path
            self.access = access
            self.effect = effect
            self.handler = handler
            meter = RouteMeter(method, path)
        }
    }

    /// What a request leads to.
    enum Match {
        case route(Route, parameters: [String])
        case otherMethod(allowed: [String])
        case nothing
    }

    private var exact: [String: [Route]] = [:]
    private var patterns: [(parts: [Substring], route: Route)] = []

    /// Every route, in the order in which they were given.
    let all: [Route]

    init(_ routes: [Route]) {
        all = routes
        for route in routes {
            if route.path.contains("{") {
                patterns.append((route.path.split(separator: "/"), route))
            } else {
                exact[route.path, default: []].append(route)
            }
        }
    }

    func match(_ request: Request) -> Match {
        if let routes = exact[request.path] ?? exact["/v1" + request.path] {
            return choose(routes.map { ($0, []) }, request.method)
        }
        let segments = request.pathSegments
        let found = patterns.compactMap { pattern in
            parameters(segments, pattern.parts).map { (pattern.route, $0) }
        }
        return choose(found, request.method)
    }

    private func choose(_ found: [(Route, [String])], _ method: String) -> Match {
        if found.isEmpty { return .nothing }
        let wanted = method == "HEAD" ? "GET" : method
        if let (route, parameters) = found.first(where: { $0.0.method == wanted }) {
            return .route(route, parameters: parameters)
        }
        return .otherMethod(allowed: found.map { $0.0.method })
    }

    private func parameters(_ segments: [String], _ parts: [Substring]) -> [String]? {
        guard segments.count == parts.count else { return nil }
        var values: [String] = []
        for (segment, part) in zip(segments, parts) {
            if part.hasPrefix("{") {
                values.append(segment)
            } else if segment != part {
                return nil
            }
        }
        return values
    }
}
