import JSON

/// The gateway's own state, and what needs no key.
extension Endpoint {
    static let cluster: [Endpoint] =
        ["/health", "/health/liveness", "/health/liveliness"].map { path in
            Endpoint("GET \(path)", .cluster, "Whether the process serves")
                .answers(200, "It does.", .json(.object(.must("status", .only("ok")))))
        } + [
            Endpoint("GET /health/readiness", .cluster, "Whether the gateway takes work, and what is degraded")
                .details(
                    "With a full disk it answers 200: chat and reading go on, and what doesn't is refused by itself."
                )
                .answers(200, "It serves.", .json(.ref("Readiness")))
                .answers(503, "It stops.", .json(.ref("Readiness"))),
            Endpoint("GET /metrics", .cluster, "The cluster's metrics in Prometheus' text format")
                .answers(200, "The metrics.", .file(["text/plain"])),
            Endpoint("GET /openapi.json", .cluster, "This document")
                .answers(200, "OpenAPI 3.1.", .json(.anyObject)),
            Endpoint("GET /", .cluster, "The dashboard").answers(200, "A page.", .file(["text/html"])),
            Endpoint("GET /dashboard/{file}", .cluster, "The dashboard's own files")
                .part("file", "A file's name.")
                .answers(200, "The file.", .file(["text/css", "text/javascript", "image/svg+xml"])),
            Endpoint("GET /api/admin/status", .cluster, "Every service of the cluster, and what is degraded")
                .answers(200, "The cluster now.", .json(.ref("Status"))),
        ]
}
