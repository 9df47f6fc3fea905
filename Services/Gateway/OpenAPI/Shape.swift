import JSON

/// The shape of a JSON value, as `/openapi.json` tells it: a JSON Schema (draft 2020-12) as a value.
struct Shape: Sendable {
    private(set) var keywords: [JSONField]

    var json: JSONValue { .object(keywords) }

    // MARK: Simple ones

    static let any = Shape(keywords: [])
    static let text = Shape("string")
    static let integer = Shape("integer")
    static let number = Shape("number")
    static let flag = Shape("boolean")
    static let time = text.with("format", "date-time")
    static let anyObject = Shape("object")

    /// A whole number of nothing or more.
    static let count = integer.from(0)

    /// One of these words.
    static func words(_ words: String...) -> Shape { text.with("enum", .array(words.map { .string($0) })) }

    /// Exactly this value.
    static func only(_ value: JSONValue) -> Shape { Shape(keywords: [JSONField("const", value)]) }

    static func list(of element: Shape) -> Shape { Shape("array").with("items", element.json) }

    /// A text or a list, and the like: one of these shapes.
    static func either(_ shapes: Shape...) -> Shape {
        Shape(keywords: [JSONField("anyOf", .array(shapes.map(\.json)))])
    }

    /// One of the document's named shapes.
    static func ref(_ name: String) -> Shape {
        Shape(keywords: [JSONField("$ref", .string("#/components/schemas/\(name)"))])
    }

    // MARK: Objects

    struct Member: Sendable {
        let name: String
        let shape: Shape
        let isRequired: Bool

        /// Always there.
        static func must(_ name: String, _ shape: Shape) -> Member { .init(name: name, shape: shape, isRequired: true) }
        /// There or not.
        static func may(_ name: String, _ shape: Shape) -> Member { .init(name: name, shape: shape, isRequired: false) }
    }

    static func object(_ members: Member...) -> Shape { composed(of: members) }

    static func composed(of members: [Member]) -> Shape {
        let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
        let shape = anyObject.with("properties", .object(members.map { JSONField($0.name, $0.shape.json) }))
        return required.isEmpty ? shape : shape.with("required", .array(required))
    }

    /// An object whose members have names that nobody knows beforehand.
    static func map(to value: Shape) -> Shape { anyObject.with("additionalProperties", value.json) }

    /// As every list is answered.
    static func page(of item: Shape, _ more: Member...) -> Shape {
        let cursor = text.orNull.about("Ask for it as `cursor`; null on the last page.")
        return composed(of: [.must("items", .list(of: item)), .must("next_cursor", cursor)] + more)
    }

    // MARK: Said more closely

    var orNull: Shape {
        guard let index = keywords.firstIndex(where: { $0.name == "type" }) else {
            return .either(self, Shape("null"))
        }
        var shape = self
        shape.keywords[index].value = .array([keywords[index].value, "null"])
        if let words = shape.keywords.firstIndex(where: { $0.name == "enum" }) {
            shape.keywords[words].value = .array((keywords[words].value.array ?? []) + [.null])
        }
        return shape
    }

    func about(_ sentence: String) -> Shape { with("description", .string(sentence)) }
    func from(_ least: Int, to most: Int? = nil) -> Shape {
        let shape = with("minimum", JSONValue(least))
        return most.map { shape.with("maximum", JSONValue($0)) } ?? shape
    }
    /// Characters of a text.
    func length(_ range: ClosedRange<Int>) -> Shape {
        with("minLength", JSONValue(range.lowerBound)).with("maxLength", JSONValue(range.upperBound))
    }
    /// Elements of a list.
    func elements(_ range: ClosedRange<Int>) -> Shape {
        with("minItems", JSONValue(range.lowerBound)).with("maxItems", JSONValue(range.upperBound))
    }
    func or(_ value: JSONValue) -> Shape { with("default", value) }
    func like(_ value: JSONValue) -> Shape { with("examples", .array([value])) }

    private init(keywords: [JSONField]) { self.keywords = keywords }
    private init(_ type: String) { keywords = [JSONField("type", .string(type))] }

    private func with(_ name: String, _ value: JSONValue) -> Shape {
        Shape(keywords: keywords.filter { $0.name != name } + [JSONField(name, value)])
    }
}
