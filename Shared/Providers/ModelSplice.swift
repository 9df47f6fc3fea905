import JSON

/// A request of which the gateway needs to know the model alone, and whose other bytes pass through: embeddings.
public struct ModelSplice: Sendable {
    /// The request, untouched.
    public let body: [UInt8]
    /// The model that the caller asks for; nil when there is none.
    public let model: String?
    private let range: Range<Int>?

    /// Reads a request; one walk over the bytes. Throws `bad_request`.
    public init(_ body: [UInt8]) throws(ProviderError) {
        self.body = body
        do throws(JSONError) {
            range = try JSONScanner.members(of: body, wanted: ["model"])[0]
            model = try range.map { (range) throws(JSONError) in try JSONScanner.string(in: range, of: body) }
        } catch {
            throw .unsayable("The request is not a JSON object with a model (byte \(error.offset)).", param: "model")
        }
    }

    /// The request with another model; nothing else touched, one copy.
    public func spliced(model: String) -> [UInt8] {
        var writer = JSONWriter(capacity: model.utf8.count + 16)
        writer.value(model)
        guard let range else {
            let start = (body.firstIndex(of: UInt8(ascii: "{")) ?? 0) + 1
            let rest = body[start...]
            let isEmpty = rest.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } == UInt8(ascii: "}")
            return body[..<start] + Array("\"model\":".utf8) + writer.bytes + (isEmpty ? [] : [UInt8(ascii: ",")])
                + rest
        }
        return body[..<range.lowerBound] + writer.bytes + body[range.upperBound...]
    }
}
