/// The paths that need no key, or have another way to show one; for reading alone.
enum OpenPath: String, CaseIterable {
    case health = "/health"
    case liveness = "/health/liveness"
    case liveliness = "/health/liveliness"
    case readiness = "/health/readiness"
    case metrics = "/metrics"
    case document = "/openapi.json"
    case dashboard = "/"
    case dashboardFile = "/dashboard/{file}"
    /// A signature in the query opens it, or a key.
    case picture = "/api/images/{id}/content"

    init?(of path: String) {
        if path.hasPrefix("/api/") {
            guard path.hasPrefix("/api/images/"), path.hasSuffix("/content") else { return nil }
            self = .picture
        } else if path.hasPrefix("/dashboard/") {
            self = .dashboardFile
        } else {
            self.init(rawValue: path)
        }
    }
}
