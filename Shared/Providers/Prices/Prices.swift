public import JSON

/// What an answer costs in USD, as far as it can be known. nil is unknown, never zero.
///
/// A price that the provider reports itself wins over the table. The table is `prices.json`, made by `deploy/prices` and
/// dated; an operator's own file of the same form can replace any of its rows. Not an invoice. Servers at a user's own
/// address have no prices.
public struct Prices: Sendable {
    /// USD per million tokens.
    struct ChatPrice: Sendable {
        var input = 0.0
        var cachedInput: Double?
        var cacheWrite: Double?
        var output = 0.0
        /// What counts when the prompt has more tokens than that, for the whole of the request.
        var above: (tokens: Int, input: Double?, cachedInput: Double?, output: Double?)?
    }

    /// USD per million tokens, or for one picture.
    struct ImagePrice: Sendable {
        var textInput: Double?
        var imageInput: Double?
        var output: Double?
        /// A picture of any size.
        var each: Double?
        /// A picture by `quality/WxH`.
        var by: [String: Double] = [:]
    }

    /// The day on which the table was made.
    public private(set) var asOf: String
    /// By connector type, then by model.
    private var chat: [String: [String: ChatPrice]] = [:]
    private var images: [String: [String: ImagePrice]] = [:]

    /// The table that this build ships with.
    public static let standard: Prices = {
        do throws(JSONError) {
            return try Prices(parsing: PackageResources.prices_json)
        } catch {
            // The file is built in and read by the tests: only a broken build gets here.
            preconditionFailure("prices.json: \(error)")
        }
    }()

    /// Reads a table.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        let root = try JSONValue(parsing: bytes)
        asOf = try root.optionalString("as_of") ?? "unknown"
        for (type, models) in Self.members(root["chat"]) {
            chat[type] = Self.table(models, Self.chatPrice)
        }
        for (type, models) in Self.members(root["images"]) {
            images[type] = Self.table(models, Self.imagePrice)
        }
    }

    /// This table with the other's rows in the place of its own.
    public func overridden(by other: Prices) -> Prices {
        var result = self
        for (type, rows) in other.chat { result.chat[type, default: [:]].merge(rows) { $1 } }
        for (type, rows) in other.images { result.images[type, default: [:]].merge(rows) { $1 } }
        return result
    }

    /// How many rows there are.
    public var count: Int { chat.values.reduce(0) { $0 + $1.count } + images.values.reduce(0) { $0 + $1.count } }

    /// The price of a chat answer.
    ///
    /// - Parameter type: the connector's type, such as `openai_apikey`.
    public func chat(type: String, model: String, usage: Usage) -> Double? {
        if let reported = usage.reportedCostUSD { return reported }
        guard let rows = chat[type], let price = Self.find(rows, model), let input = usage.inputTokens,
            let output = usage.outputTokens
        else { return nil }
        return price.cost(input: input, output: output, usage)
    }

    /// The row of the table that holds this model's price, by its name: a closed set, whatever callers write.
    public func row(type: String, model: String) -> String? {
        Self.row(chat[type] ?? [:], model) ?? Self.row(images[type] ?? [:], model)
    }

    /// The price of an embedding, which has no output.
    public func embedding(type: String, model: String, usage: Usage) -> Double? {
        var usage = usage
        usage.outputTokens = usage.outputTokens ?? 0
        return chat(type: type, model: model, usage: usage)
    }

    /// The price of a picture: by the reported tokens, else by size and quality, else the price of any picture.
    public func image(type: String, model: String, size: String?, quality: String?, usage: Usage?) -> Double? {
        if let reported = usage?.reportedCostUSD { return reported }
        guard let rows = images[type], let price = Self.find(rows, model) else { return nil }
        if let usage, let cost = price.cost(usage) { return cost }
        if let each = price.by["\(quality ?? "medium")/\(size ?? "1024x1024")"], size != "auto" { return each }
        return price.each
    }

    /// The exact name, else the name without a date at its end (`-2026-09-08`, `-20251001`).
    private static func find<Price>(_ table: [String: Price], _ model: String) -> Price? {
        row(table, model).flatMap { table[$0] }
    }

    private static func row<Price>(_ table: [String: Price], _ model: String) -> String? {
        if table[model] != nil { return model }
        guard let last = model.utf8.last, (0x30...0x39).contains(last) else { return nil }
        let parts = model.split(separator: "-", omittingEmptySubsequences: false)
        for lengths in [[4, 2, 2], [8]] where parts.count > lengths.count {
            let date = zip(parts.suffix(lengths.count), lengths)
            if date.allSatisfy({ $0.utf8.count == $1 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) {
                let name = parts.dropLast(lengths.count).joined(separator: "-")
                return table[name] == nil ? nil : name
            }
        }
        return nil
    }
}
