import JSON

/// What `/openapi.json` says of one route. Who may call it, what it records, and the failures that come of that, are the
/// route's own to say: see ``APIDocument``.
struct Endpoint: Sendable {
    /// Under which heading it stands.
    enum Area: String, Sendable, CaseIterable {
        case inference = "Inference"
        case images = "Images"
        case connectors = "Connectors"
        case routing = "Routing"
        case records = "Usage and records"
        case users = "Users"
        case cluster = "Cluster"
    }

    struct Parameter: Sendable {
        let place: String
        let name: String
        let shape: Shape
        let about: String
    }

    /// What an answer holds.
    enum Content: Sendable {
        case nothing
        case json(Shape)
        /// Server-sent events; the shape is that of one event's data.
        case events(Shape)
        /// Anything else, by its media type.
        case file([String])
    }

    struct Answer: Sendable {
        let status: Int
        let about: String
        var contents: [Content]
        var headers: [String] = []
    }

    /// Method and path, as in the table of routes.
    let route: String
    let area: Area
    let summary: String
    private(set) var details: String?
    private(set) var parameters: [Parameter] = []
    /// What the `{…}` parts of the path are.
    private(set) var parts: [String: String] = [:]
    private(set) var body: Shape?
    private(set) var needsBody = true
    private(set) var answers: [Answer] = []
    /// Refusals besides those that follow from the route: status and why.
    private(set) var refusals: [(status: Int, why: String)] = []
    /// It may be called without a key although the table of routes doesn't hold it.
    private(set) var opensWithSignature = false

    var method: String { String(route.prefix { $0 != " " }) }
    var path: String { String(route.drop { $0 != " " }.dropFirst()) }

    init(_ route: String, _ area: Area, _ summary: String) {
        self.route = route
        self.area = area
        self.summary = summary
    }

    // MARK: Said one after the other

    func details(_ text: String) -> Endpoint { changed { $0.details = text } }

    func part(_ name: String, _ about: String) -> Endpoint { changed { $0.parts[name] = about } }

    func query(_ name: String, _ shape: Shape, _ about: String) -> Endpoint {
        changed { $0.parameters.append(.init(place: "query", name: name, shape: shape, about: about)) }
    }

    func header(_ name: String, _ shape: Shape, _ about: String) -> Endpoint {
        changed { $0.parameters.append(.init(place: "header", name: name, shape: shape, about: about)) }
    }

    /// `limit` and `cursor`, as every list has them.
    func pages(_ limit: ClosedRange<Int>, or standard: Int) -> Endpoint {
        query(
            "limit",
            .integer.from(limit.lowerBound, to: limit.upperBound).or(JSONValue(standard)),
            "Items of a page."
        )
        .query("cursor", .text, "`next_cursor` of the page before.")
    }

    func takes(_ body: Shape, optional: Bool = false) -> Endpoint {
        changed { endpoint in
            endpoint.body = body
            endpoint.needsBody = !optional
        }
    }

    func answers(_ status: Int, _ about: String, _ contents: Content..., headers: [String] = []) -> Endpoint {
        changed { $0.answers.append(.init(status: status, about: about, contents: contents, headers: headers)) }
    }

    func refuses(_ status: Int, _ why: String) -> Endpoint { changed { $0.refusals.append((status, why)) } }

    func opensBySignature() -> Endpoint { changed { $0.opensWithSignature = true } }

    private func changed(_ change: (inout Endpoint) -> Void) -> Endpoint {
        var endpoint = self
        change(&endpoint)
        return endpoint
    }
}

extension Endpoint {
    /// Every route's description, by area.
    static let all =
        inference + turns + images + imageSettings + connectors + routing + records + users + sessions + cluster
}
