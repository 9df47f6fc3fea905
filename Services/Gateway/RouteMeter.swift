import HTTP
import Loop
import Telemetry

/// What one route's requests come to, as metrics; made once per route, so that a request costs two atomic additions.
@NetLoop
final class RouteMeter {
    private static let requests = Metrics.counters(.httpRequests)
    private static let seconds = Metrics.histograms(.httpSeconds)

    /// Requests that no route answers.
    static let none = RouteMeter("other", "none")
    /// What is asked again and again and needs no key, by its path.
    static let health = RouteMeter("GET", "/health")
    static let readiness = RouteMeter("GET", "/health/readiness")
    static let metrics = RouteMeter("GET", "/metrics")
    static let document = RouteMeter("GET", "/openapi.json")
    static let dashboard = RouteMeter("GET", "/")
    static let pictures = RouteMeter("GET", "/api/images/{id}/content")

    private let method: String
    private let route: String
    /// By the status' first digit; 0 for clients that left before their answer.
    private var counters: [Counter?] = Array(repeating: nil, count: 6)
    private lazy var times = Self.seconds.with(method, route)

    nonisolated init(_ method: String, _ route: String) {
        self.method = method
        self.route = route
    }

    /// A request has ended.
    func count(_ status: Int?, after time: Duration) {
        let index = status.map { min(5, max(1, $0 / 100)) } ?? 0
        let counter = counters[index] ?? Self.requests.with(method, route, index == 0 ? "left" : "\(index)xx")
        counters[index] = counter
        counter.add()
        times.observe(time)
    }
}
