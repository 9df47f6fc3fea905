import HTTP
import Loop
import Providers

/// The connectors' lists of models, each kept for an hour.
///
/// A list that comes empty, or not at all, leaves the last good one. Nobody outside can change a list: it is the
/// provider's answer and nothing else.
@NetLoop
final class Catalogues {
    private static let freshness = Duration.seconds(3_600)

    private struct Catalogue {
        var models: [ModelInfo]
        var names: Set<String>
        var fetchedAt: Moment
    }

    private var known: [String: Catalogue] = [:]
    private let now: @NetLoop () -> Moment

    init(now: @escaping @NetLoop () -> Moment = { .now }) {
        self.now = now
    }

    /// Whether a connector has a model; nil when its list isn't known or doesn't hold it: providers serve aliases that
    /// they don't list.
    func offers(_ connector: String, _ model: String) -> Bool? {
        known[connector]?.names.contains(model) == true ? true : nil
    }

    /// A connector's list: the one that is kept, or what `fetch` gives.
    func models(of connector: String, fetch: () async throws -> [ModelInfo]) async throws -> [ModelInfo] {
        let last = known[connector]
        if let last, now() - last.fetchedAt < Self.freshness { return last.models }
        do {
            let models = try await fetch()
            guard !models.isEmpty else { return last?.models ?? [] }
            known[connector] = Catalogue(models: models, names: Set(models.map(\.id)), fetchedAt: now())
            return models
        } catch {
            guard let last else { throw error }
            return last.models
        }
    }

    /// A connector is gone, or has other credentials.
    func forget(_ connector: String) { known[connector] = nil }
}
