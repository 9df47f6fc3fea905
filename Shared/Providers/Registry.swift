/// The provider types that this build knows.
public struct Registry: Sendable {
    /// A type was registered twice: a programmer's mistake, told at start.
    public struct Duplicate: Error, Sendable, Equatable {
        /// The type.
        public let type: String
    }

    private var adapters: [String: any Adapter] = [:]
    /// The types in the order of registration.
    public private(set) var types: [String] = []

    /// An empty registry.
    public init() {}

    /// Adds a provider type; refuses one that is there already.
    public mutating func register(_ adapter: any Adapter) throws(Duplicate) {
        guard adapters[adapter.type] == nil else { throw Duplicate(type: adapter.type) }
        adapters[adapter.type] = adapter
        types.append(adapter.type)
    }

    /// The adapter of a type, or nil for a type that nobody registered.
    public subscript(type: String) -> (any Adapter)? { adapters[type] }

    /// All adapters in the order of registration.
    public var all: [any Adapter] { types.compactMap { adapters[$0] } }

    /// Whether a provider type has a model, told by its name; nil when the name tells nothing about that type.
    public func offers(type: String, model: String) -> Bool? {
        guard let families = adapters[type]?.capabilities.modelFamilies else { return nil }
        if families.contains(where: model.hasPrefix) { return true }
        let isSomebodys = adapters.values.contains { $0.capabilities.modelFamilies.contains(where: model.hasPrefix) }
        return isSomebodys && !families.isEmpty ? false : nil
    }

    /// Every provider that ships with Martlet.
    public static let standard: Registry = {
        var registry = Registry()
        do throws(Duplicate) {
            try registry.register(OpenAIAdapter())
            try registry.register(CompatibleAdapter())
            try registry.register(AnthropicAdapter())
            try registry.register(AzureAdapter())
            try registry.register(OpenRouterAdapter())
            try registry.register(XAIAdapter())
            try registry.register(BedrockAdapter())
            try registry.register(GeminiAdapter())
            try registry.register(RunwareAdapter())
        } catch {
            // The list above is built in and every test reads it: only a broken build gets here.
            preconditionFailure("provider type \(error.type) registered twice")
        }
        return registry
    }()
}
