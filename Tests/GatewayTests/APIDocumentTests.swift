import HTTP
import JSON
import Testing

@testable import Gateway

/// `/openapi.json` says what the gateway serves, all of it and no more.
@Suite(.timeLimit(.minutes(1)))
struct APIDocumentTests {
    private let bench: GatewayBench
    private let document: JSONValue

    init() async throws {
        bench = try await GatewayBench()
        document = try await bench.call("GET", "/openapi.json", key: nil).json
    }

    private var operations: [(name: String, operation: JSONValue)] {
        (document["paths"]?.object ?? []).flatMap { path in
            (path.value.object ?? []).map { ("\($0.name.uppercased()) \(path.name)", $0.value) }
        }
    }

    @Test func itHoldsEveryRouteAndNoOther() async throws {
        let served = bench.routes.map { "\($0.method) \($0.path)" } + OpenPath.allCases.map { "GET \($0.rawValue)" }
        #expect(Set(served).subtracting(operations.map(\.name)).sorted() == [], "routes without a description")
        #expect(Set(Endpoint.all.map(\.route)).subtracting(served).sorted() == [], "descriptions without a route")
        #expect(Endpoint.all.count == served.count, "one description each")
        await bench.stop()
    }

    @Test func everyOperationSaysWhatItTakesAndAnswers() async throws {
        #expect(!operations.isEmpty)
        for (name, operation) in operations {
            #expect(operation["summary"]?.string?.isEmpty == false, "\(name)")
            let statuses = (operation["responses"]?.object ?? []).map(\.name)
            #expect(statuses.contains { $0.hasPrefix("2") }, "\(name)")
            #expect(Set(statuses).count == statuses.count, "\(name)")
            let inPath = name.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                String($0.dropFirst().dropLast())
            }
            let told = (operation["parameters"]?.array ?? []).filter { $0["in"]?.string == "path" }
            #expect(told.compactMap { $0["name"]?.string } == inPath, "\(name)")
            #expect(told.allSatisfy { $0["description"]?.string != "Its id." }, "\(name): what the path's parts are")
        }
        let identifiers = operations.compactMap { $0.operation["operationId"]?.string }
        #expect(identifiers.count == operations.count && Set(identifiers).count == identifiers.count)
        await bench.stop()
    }

    @Test func whatFollowsFromARouteStandsThere() async throws {
        let known = Dictionary(uniqueKeysWithValues: operations.map { ($0.name, $0.operation) })
        for route in bench.routes {
            let operation = try #require(known["\(route.method) \(route.path)"])
            #expect(operation["x-martlet-role"]?.string == (route.access == .admin ? "admin" : "user"))
            #expect(operation["security"]?.array?.isEmpty == false)
            let answers = operation["responses"]
            #expect(answers?["401"] != nil && (route.access != .admin || answers?["403"] != nil))
            guard let event = route.effect.event else { continue }
            #expect(operation["x-martlet-audit-event"]?.string == event)
            #expect(answers?["503"] != nil)
        }
        for path in OpenPath.allCases where path != .picture {
            #expect(known["GET \(path.rawValue)"]?["security"]?.array?.isEmpty == true, "\(path.rawValue)")
        }
        await bench.stop()
    }

    @Test func everyReferenceLeadsSomewhere() async throws {
        var count = 0
        func look(_ value: JSONValue) {
            for field in value.object ?? [] {
                if field.name == "$ref", let reference = field.value.string {
                    let target = reference.split(separator: "/").dropFirst().reduce(document) { found, part in
                        found[String(part)] ?? .null
                    }
                    #expect(target.object != nil, "\(reference)")
                    count += 1
                }
                look(field.value)
            }
            for element in value.array ?? [] { look(element) }
        }
        look(document)
        #expect(count > 100)
        let names = Shape.named.map(\.name)
        #expect(Set(names).count == names.count)
        await bench.stop()
    }

    @Test func aBrowserThatHasItIsToldSo() async throws {
        let first = try await bench.call("GET", "/openapi.json", key: nil)
        let etag = try #require(first.headers["etag"])
        let again = try await bench.call("GET", "/openapi.json", key: nil, headers: [("if-none-match", etag)])
        #expect(first.status == 200 && again.status == 304)
        await bench.stop()
    }
}
