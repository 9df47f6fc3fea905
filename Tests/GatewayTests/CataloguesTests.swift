import HTTP
import Loop
import Providers
import Testing

@testable import Gateway

/// A connector's list of models is kept, and only a good one replaces it.
@Suite struct CataloguesTests {
    private struct Down: Error {}

    @NetLoop
    private final class Clock {
        var now = Moment.now
    }

    @NetLoop @Test func aListIsAskedForOnceAnHour() async throws {
        let catalogues = Catalogues()
        var calls = 0
        for _ in 0..<3 {
            let models = try await catalogues.models(of: "c") {
                calls += 1
                return [ModelInfo(id: "m-\(calls)")]
            }
            #expect(models.map(\.id) == ["m-1"])
        }
        #expect(calls == 1)
        #expect(catalogues.offers("c", "m-1") == true)
        #expect(catalogues.offers("c", "other") == nil && catalogues.offers("d", "m-1") == nil)
    }

    @NetLoop @Test func anEmptyOrFailedFetchKeepsTheLastGoodList() async throws {
        let clock = Clock()
        let catalogues = Catalogues(now: { clock.now })
        _ = try await catalogues.models(of: "c") { [ModelInfo(id: "good")] }
        clock.now = clock.now + .seconds(3_601)
        #expect(try await catalogues.models(of: "c") { [] }.map(\.id) == ["good"])
        #expect(try await catalogues.models(of: "c") { throw Down() }.map(\.id) == ["good"])
        #expect(try await catalogues.models(of: "c") { [ModelInfo(id: "new")] }.map(\.id) == ["new"])
        await #expect(throws: Down.self) { try await catalogues.models(of: "d") { throw Down() } }
        catalogues.forget("c")
        #expect(catalogues.offers("c", "new") == nil)
    }
}
