import JSON
import Providers
import Testing

@testable import Gateway

/// Which connector a call goes to.
@Suite struct PlanTests {
    private func connector(
        _ name: String,
        owner: Connector.Owner = .user("ada"),
        used: Int64? = nil,
        isDefault: Bool = false,
        status: Connector.Status = .active
    ) -> Connector {
        var connector = Connector(
            id: "con_\(name)",
            owner: owner,
            displayName: name,
            config: ConnectorConfig(type: "openai_apikey"),
            createdAt: 1
        )
        connector.lastUsedAt = used
        connector.isDefault = isDefault
        connector.status = status
        return connector
    }

    private func resolve(_ connectors: [Connector], _ model: String?, named: String? = nil) throws(GatewayError)
        -> String
    {
        let target = try Plan(candidates: connectors, supports: { _, _ in true })
            .resolve(model: model, named: named, need: .chat)
        return "\(target.connector.displayName)/\(target.model)"
    }

    @Test func theNamedConnectorComesFirst() throws {
        let all = [connector("a", isDefault: true), connector("b")]
        #expect(try resolve(all, "b/gpt-x") == "b/gpt-x")
        #expect(try resolve(all, "con_b/gpt-x") == "b/gpt-x")
        #expect(try resolve(all, "gpt-x", named: "b") == "b/gpt-x")
        #expect(try resolve(all, "gpt-x", named: "openai_apikey") == "a/gpt-x")
        #expect(try resolve(all, "openai_apikey/gpt-x") == "a/gpt-x")
        #expect(try resolve(all, "vendor/gpt-x") == "a/vendor/gpt-x", "a model's own slash is no connector")
    }

    @Test func thenTheDefaultThenTheMostRecentlyUsedThenTheOrganisations() throws {
        let shared = connector("org", owner: .organisation, isDefault: true)
        #expect(try resolve([connector("a", used: 9), connector("b", isDefault: true), shared], "m") == "b/m")
        #expect(try resolve([connector("a", used: 9), connector("b"), shared], "m") == "a/m")
        #expect(try resolve([connector("never"), connector("once", used: 1), shared], "m") == "once/m")
        #expect(try resolve([shared], "m") == "org/m")
    }

    @Test func aPinGoesBehindTheNamedConnectorAndBeforeTheDefault() throws {
        let all = [
            connector("a", isDefault: true), connector("b", used: 9), connector("c"),
            connector("org", owner: .organisation),
        ]
        func choose(
            _ pinned: String?,
            among candidates: [Connector]? = nil,
            _ model: String? = "m",
            named: String? = nil,
            offers: [String: Bool] = [:],
            down: Set<String> = []
        ) throws -> String {
            var plan = Plan(candidates: candidates ?? all, supports: { _, _ in true })
            plan.pinned = pinned
            plan.usualModel = { _, _ in "usual" }
            plan.offers = { connector, _ in offers[connector.displayName] }
            plan.isDown = { down.contains($0.displayName) }
            return try plan.resolve(model: model, named: named, need: .chat).connector.displayName
        }
        #expect(try choose("con_c") == "c")
        #expect(try choose("con_org") == "org")
        #expect(try choose("con_c", nil) == "c")
        #expect(try choose("con_c", "b/m") == "b", "who is named goes first")
        #expect(try choose("con_c", named: "b") == "b")
        #expect(try choose("con_c", offers: ["a": true]) == "c", "it may have the model")
        #expect(try choose("con_c", offers: ["c": false]) == "a", "it is known not to have the model")
        #expect(try choose("con_c", down: ["c"]) == "a")
        #expect(try choose("con_c", down: ["a", "b", "c", "org"]) == "c", "nobody else can")
        #expect(try choose("con_gone") == "a")
        #expect(try choose(nil) == "a")
        let broken = connector("c", status: .authInvalid)
        #expect(try choose("con_c", among: all.filter { $0.displayName != "c" } + [broken]) == "a")
    }

    @Test func aPinThatCantDoTheCallIsSkipped() throws {
        var plan = Plan(
            candidates: [connector("a"), connector("painter")],
            supports: { connector, need in (connector.displayName == "painter") == (need == .images) }
        )
        plan.pinned = "con_painter"
        #expect(try plan.resolve(model: "m", need: .chat).connector.displayName == "a")
        plan.pinned = "con_a"
        #expect(try plan.resolve(model: "m", need: .images).connector.displayName == "painter")
    }

    @Test func aConnectorsOwnModelServesACallerWhoNamesNone() throws {
        var plan = Plan(candidates: [connector("a")], supports: { _, _ in true })
        plan.usualModel = { _, _ in "deployment-1" }
        #expect(try plan.resolve(model: nil, need: .chat).model == "deployment-1")
        #expect(try plan.resolve(model: "m", need: .chat).model == "m")
    }

    @Test func aCallGoesOnAtTheOrganisationsDefaultWithItsModelOrTheConnectorsOwn() throws {
        let first = Plan.Target(connector: connector("a"), model: "m", asked: "m")
        var house = connector("org", owner: .organisation, isDefault: true)
        func next(
            _ candidates: [Connector],
            from target: Plan.Target = first,
            need: Plan.Need = .chat,
            usual: String? = nil,
            offers: Bool? = nil,
            can: Bool = true
        ) -> String? {
            Plan(
                candidates: candidates,
                supports: { _, _ in can },
                usualModel: { _, _ in usual },
                offers: { _, _ in offers }
            )
            .fallback(from: target, need).map { "\($0.connector.displayName)/\($0.model)" }
        }
        #expect(next([house], offers: true) == "org/m")
        #expect(next([house]) == "org/m", "it may have the model, and has none of its own")
        #expect(next([house], usual: "usual") == "org/usual")
        #expect(next([house], offers: false) == nil, "there is nothing to ask for")
        #expect(next([house], from: Plan.Target(connector: connector("a"), model: "own")) == nil)
        house.modelHint = "hint"
        #expect(next([house], usual: "usual", offers: true) == "org/m")
        #expect(next([house], usual: "usual", offers: false) == "org/hint")
        #expect(next([house]) == "org/hint")
        #expect(next([house], from: Plan.Target(connector: connector("a"), model: "own"), offers: true) == "org/hint")
        #expect(next([house], need: .embeddings) == "org/m", "vectors of another model are of no use")
        #expect(next([house], need: .embeddings, offers: false) == nil)
        #expect(next([house], can: false) == nil)
        #expect(next([house], from: Plan.Target(connector: house, model: "m", asked: "m")) == nil, "it has just failed")
        #expect(next([connector("org", owner: .organisation)]) == nil, "none is the default")
        #expect(next([connector("mine", isDefault: true)]) == nil)
        #expect(next([connector("org", owner: .organisation, isDefault: true, status: .authInvalid)]) == nil)
    }

    @Test func whatIsKnownNotToHaveTheModelIsPassedOver() throws {
        let all = [connector("a", isDefault: true), connector("b", used: 2), connector("org", owner: .organisation)]
        func choose(_ facts: [String: Bool]) throws -> String {
            try Plan(
                candidates: all,
                supports: { _, _ in true },
                offers: { connector, _ in facts[connector.displayName] }
            )
            .resolve(model: "m", need: .chat).connector.displayName
        }
        #expect(try choose([:]) == "a")
        #expect(try choose(["a": false]) == "b")
        #expect(try choose(["a": false, "b": false]) == "org")
        #expect(try choose(["org": true]) == "org", "who has it goes before who may have it")
        #expect(try choose(["a": false, "b": false, "org": false]) == "a")
        #expect(try resolve(all, "a/m") == "a/m")
    }

    @Test func whatIsBrokenIsSkippedAndNothingLeftIsATypedError() {
        let broken = connector("a", isDefault: true, status: .authInvalid)
        #expect(throws: Never.self) { _ = try resolve([broken, connector("b")], "m") }
        #expect { _ = try resolve([broken], "m") } throws: { ($0 as? GatewayError)?.code == .noConnector }
        #expect { _ = try resolve([], "m") } throws: { ($0 as? GatewayError)?.code == .noConnector }
        #expect { _ = try resolve([connector("a")], nil) } throws: { ($0 as? GatewayError)?.param == "model" }
    }

    @Test func whoseProviderIsDownIsPassedOverWhereAnotherCanServe() throws {
        let all = [connector("a", isDefault: true), connector("b"), connector("org", owner: .organisation)]
        func choose(_ down: Set<String>, _ model: String? = "m", offers: [String: Bool] = [:], named: String? = nil)
            throws -> String
        {
            try Plan(
                candidates: all,
                supports: { _, _ in true },
                usualModel: { _, _ in "usual" },
                offers: { connector, _ in offers[connector.displayName] },
                isDown: { down.contains($0.displayName) }
            )
            .resolve(model: model, named: named, need: .chat).connector.displayName
        }
        #expect(try choose([]) == "a")
        #expect(try choose(["a"]) == "b")
        #expect(try choose(["a"], nil) == "b")
        #expect(try choose(["a", "b"]) == "org")
        #expect(try choose(["a", "b", "org"]) == "a", "nobody else can")
        #expect(try choose(["a"], offers: ["b": false, "org": false]) == "a", "only it may have the model")
        #expect(try choose(["a"], offers: ["a": true, "b": false, "org": true]) == "org")
        #expect(try choose(["a"], "a/m") == "a", "who names it gets it")
        #expect(try choose(["a"], named: "openai_apikey") == "b")
    }

    @Test func everyErrorHasAStatusAndATypeAndProviderErrorsKeepTheirNames() {
        for code in GatewayError.Code.allCases {
            #expect((400...504).contains(code.entry.status), "\(code)")
            #expect(!code.entry.type.isEmpty)
        }
        for code in ProviderError.Code.allCases {
            let error = GatewayError(ProviderError(code, "said", providerCode: "p", providerRequestID: "r"))
            #expect(error.message == "said")
            #expect(error.details.contains { $0.name == "provider_request_id" })
        }
    }

    @Test func aConnectorsOwnModelServesWhoNamesNone() throws {
        var one = connector("a")
        let plan = { (connector: Connector) in
            Plan(
                candidates: [connector],
                supports: { _, _ in true },
                usualModel: { _, need in need == .images ? "painter" : need == .chat ? "talker" : nil }
            )
        }
        #expect(try plan(one).resolve(model: nil, need: .chat).model == "talker")
        #expect(try plan(one).resolve(model: "a/", need: .chat).model == "talker")
        #expect(try plan(one).resolve(model: "other", need: .chat).model == "other")
        one.modelHint = "hinted"
        #expect(try plan(one).resolve(model: nil, need: .chat).model == "hinted")
        #expect(try plan(one).resolve(model: nil, need: .images).model == "painter")
    }
}
