import HTTP
import JSON
import Telemetry

/// `/openapi.json`: the table of routes with each one's ``Endpoint``, as an OpenAPI 3.1 document.
///
/// What follows from a route isn't written by hand: role, security, the audit event that it leaves, and the refusals
/// that every such route has.
struct APIDocument {
    /// A route as the document needs it.
    fileprivate struct Entry {
        let endpoint: Endpoint
        let access: RouteTable.Access
        let effect: RouteTable.Effect
    }

    private let entries: [Entry]

    /// Routes without a description are left out; a test holds that there is none.
    @NetLoop
    init(_ routes: [RouteTable.Route]) {
        let known = Dictionary(Endpoint.all.map { ($0.route, $0) }, uniquingKeysWith: { first, _ in first })
        let open = OpenPath.allCases.map { ("GET \($0.rawValue)", RouteTable.Access.open, RouteTable.Effect.reads) }
        let all = open + routes.map { ("\($0.method) \($0.path)", $0.access, $0.effect) }
        entries = all.compactMap { name, access, effect in
            known[name].map { Entry(endpoint: $0, access: access, effect: effect) }
        }
    }

    var bytes: [UInt8] {
        JSONWriter.object { writer in
            writer.field("openapi", [3, 1, 0].map { String($0) }.joined(separator: "."))
            writer.field("info", object: writeInfo)
            writer.field(
                "tags",
                array: { writer in
                    for area in Endpoint.Area.allCases { writer.object { $0.field("name", area.rawValue) } }
                }
            )
            writer.field("paths", object: writePaths)
            writer.field("components", object: writeComponents)
        }
    }

    private func writeInfo(_ writer: inout JSONWriter) {
        writer.field("title", "Martlet")
        writer.field("version", Release.version)
        writer.field("license", object: { $0.field("name", "Apache-2.0") })
        writer.field(
            "description",
            """
            A self-hosted AI gateway. The routes under `/v1` work without that prefix too, so a base URL with or \
            without it serves the SDKs. Every answer has `x-request-id`, the caller's own where it sent one of 1 to 128 \
            printable characters; `traceparent` is continued. Unknown members of answers are to be ignored.
            """
        )
    }

    // MARK: Paths

    private func writePaths(_ writer: inout JSONWriter) {
        var paths: [String] = []
        for entry in entries where !paths.contains(entry.endpoint.path) { paths.append(entry.endpoint.path) }
        for path in paths {
            writer.field(
                path,
                object: { writer in
                    for entry in entries where entry.endpoint.path == path {
                        writer.field(entry.endpoint.method.lowercased(), object: { write(entry, &$0) })
                    }
                }
            )
        }
    }

    private func write(_ entry: Entry, _ writer: inout JSONWriter) {
        let endpoint = entry.endpoint
        writer.field("summary", endpoint.summary)
        writer.optional("description", endpoint.details)
        writer.field("operationId", Self.identifier(endpoint))
        writer.field("tags", array: { $0.value(endpoint.area.rawValue) })
        writer.field("x-martlet-role", entry.access.word)
        writer.optional("x-martlet-audit-event", entry.effect.event)
        writer.field(
            "security",
            array: { writer in
                for names in entry.access.security(of: endpoint) {
                    writer.object { writer in for name in names { writer.field(name, array: { _ in }) } }
                }
            }
        )
        let parameters = endpoint.allParameters
        if !parameters.isEmpty {
            writer.field(
                "parameters",
                array: { writer in for parameter in parameters { writer.object { write(parameter, &$0) } } }
            )
        }
        if let body = endpoint.body {
            writer.field(
                "requestBody",
                object: { writer in
                    writer.field("required", endpoint.needsBody)
                    writer.field("content", object: { Self.write("application/json", body, &$0) })
                }
            )
        }
        writer.field("responses", object: { writeAnswers(entry, &$0) })
    }

    /// `GET /api/images/{id}` is `get_api_images_id`.
    static func identifier(_ endpoint: Endpoint) -> String {
        let parts = endpoint.path.split { !$0.isLetter && !$0.isNumber }
        return ([endpoint.method.lowercased()] + parts.map { String($0) }).joined(separator: "_")
    }

    private func write(_ parameter: Endpoint.Parameter, _ writer: inout JSONWriter) {
        writer.field("name", parameter.name)
        writer.field("in", parameter.place)
        writer.field("description", parameter.about)
        if parameter.place == "path" { writer.field("required", true) }
        writer.field("schema", parameter.shape.json)
    }

    // MARK: Answers

    private func writeAnswers(_ entry: Entry, _ writer: inout JSONWriter) {
        for answer in entry.endpoint.answers {
            writer.field(String(answer.status), object: { write(answer, of: entry, &$0) })
        }
        let shape = Self.errorShape(of: entry.endpoint.path)
        for (status, why) in entry.refusals {
            writer.field(
                String(status),
                object: { writer in
                    writer.field("$ref", "#/components/responses/\(shape)")
                    writer.field("description", why)
                }
            )
        }
    }

    private func write(_ answer: Endpoint.Answer, of entry: Entry, _ writer: inout JSONWriter) {
        writer.field("description", answer.about)
        var headers = ["x-request-id"] + answer.headers
        if case .records = entry.effect { headers.append("x-martlet-receipt") }
        writer.field(
            "headers",
            object: { writer in
                for name in headers {
                    writer.field(name, object: { $0.field("$ref", "#/components/headers/\(name)") })
                }
            }
        )
        let contents = answer.contents.flatMap(\.media)
        guard !contents.isEmpty else { return }
        writer.field(
            "content",
            object: { writer in for (type, shape) in contents { Self.write(type, shape, &writer) } }
        )
    }

    private static func write(_ type: String, _ shape: Shape, _ writer: inout JSONWriter) {
        writer.field(type, object: { $0.field("schema", shape.json) })
    }

    private static func errorShape(of path: String) -> String {
        if path.hasPrefix("/v1/messages") { return "AnthropicError" }
        return path.hasPrefix("/api/") ? "Error" : "OpenAIError"
    }

    // MARK: What answers share

    private func writeComponents(_ writer: inout JSONWriter) {
        writer.field(
            "schemas",
            object: { writer in for (name, shape) in Shape.named { writer.field(name, shape.json) } }
        )
        writer.field(
            "responses",
            object: { writer in
                for name in ["Error", "OpenAIError", "AnthropicError"] {
                    writer.field(
                        name,
                        object: { writer in
                            writer.field("description", "An error.")
                            writer.field("content", object: { Self.write("application/json", .ref(name), &$0) })
                        }
                    )
                }
            }
        )
        writer.field(
            "headers",
            object: { writer in
                for (name, shape, about) in Shape.answerHeaders {
                    writer.field(
                        name,
                        object: { writer in
                            writer.field("description", about)
                            writer.field("schema", shape.json)
                        }
                    )
                }
            }
        )
        writer.field("securitySchemes", .object(RouteTable.Access.schemes))
    }
}

extension APIDocument.Entry {
    /// What the endpoint says and what follows from the route, each status once.
    fileprivate var refusals: [(Int, String)] {
        var found = endpoint.refusals.map { ($0.status, $0.why) }
        func add(_ status: Int, _ why: String) {
            if !found.contains(where: { $0.0 == status }) { found.append((status, why)) }
        }
        if access != .open || endpoint.opensWithSignature { add(401, "No key, or one that isn't known here.") }
        if access == .admin { add(403, "The key is no admin's.") }
        if endpoint.body != nil {
            add(400, "The body isn't JSON, lacks something or holds a wrong type.")
            add(413, "The body is too large.")
        }
        if !endpoint.parts.isEmpty { add(404, "There is nothing of that name or id that the caller may see.") }
        if effect.event != nil {
            add(503, "`storage_full`: the disk is full, or the audit trail takes no more; nothing was done.")
        }
        return found.sorted { $0.0 < $1.0 }
    }
}

extension Endpoint {
    /// Those of the path come first, in its order.
    var allParameters: [Parameter] {
        let inPath = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
            let name = String(part.dropFirst().dropLast())
            return Parameter(place: "path", name: name, shape: .text, about: parts[name] ?? "Its id.")
        }
        return inPath + parameters
    }
}

extension Endpoint.Content {
    fileprivate var media: [(type: String, shape: Shape)] {
        switch self {
        case .nothing: []
        case .json(let shape): [("application/json", shape)]
        case .events(let shape): [("text/event-stream", shape)]
        case .file(let types): types.map { ($0, Shape.any) }
        }
    }
}

extension RouteTable.Access {
    fileprivate var word: String {
        switch self {
        case .open: "none"
        case .user: "user"
        case .admin: "admin"
        }
    }

    private static let keys = ["bearer", "x-api-key", "api-key", "x-goog-api-key"]

    /// Each inner list is one way to be let in.
    fileprivate func security(of endpoint: Endpoint) -> [[String]] {
        if self == .open, !endpoint.opensWithSignature { return [] }
        var ways = Self.keys.map { [$0] }
        if endpoint.path.hasPrefix("/api/"), endpoint.route != "POST \(Admission.signIn)" {
            ways.append(endpoint.method == "GET" ? ["session"] : ["session", "csrf"])
        }
        if endpoint.opensWithSignature { ways.append(["signature"]) }
        return ways
    }

    fileprivate static let schemes: [JSONField] =
        [JSONField("bearer", ["type": "http", "scheme": "bearer", "description": "A key of Martlet's, `sk-mt-…`."])]
        + keys.dropFirst().map {
            JSONField($0, ["type": "apiKey", "in": "header", "name": .string($0)])
        }
        + [
            JSONField(
                "session",
                [
                    "type": "apiKey", "in": "cookie", "name": .string(Admission.cookie),
                    "description": "What `POST /api/session` has set.",
                ]
            ),
            JSONField(
                "csrf",
                [
                    "type": "apiKey", "in": "header", "name": .string(Admission.csrfHeader),
                    "description": "The session's `csrf`.",
                ]
            ),
            JSONField(
                "signature",
                [
                    "type": "apiKey", "in": "query", "name": "sig",
                    "description": "With `expires`: an address that the gateway has signed.",
                ]
            ),
        ]
}
