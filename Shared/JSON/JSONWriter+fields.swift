extension JSONWriter {
    /// A member with a string.
    public mutating func field(_ name: String, _ value: String) {
        self.name(name)
        self.value(value)
    }

    /// A member with an integer.
    public mutating func field(_ name: String, _ value: Int) {
        self.name(name)
        self.value(value)
    }

    /// A member with an integer.
    public mutating func field(_ name: String, _ value: Int64) {
        self.name(name)
        self.value(value)
    }

    /// A member with an integer. Past 2^53 send a decimal string instead.
    public mutating func field(_ name: String, _ value: UInt64) {
        self.name(name)
        self.value(value)
    }

    /// A member with a double.
    public mutating func field(_ name: String, _ value: Double) {
        self.name(name)
        self.value(value)
    }

    /// A member with a truth value.
    public mutating func field(_ name: String, _ value: Bool) {
        self.name(name)
        self.value(value)
    }

    /// A member with a tree, or null for nil.
    public mutating func field(_ name: String, _ value: JSONValue?) {
        self.name(name)
        self.value(value ?? .null)
    }

    /// A member that is null.
    public mutating func null(_ name: String) {
        self.name(name)
        null()
    }

    /// A member with a string, or null for nil.
    public mutating func field(_ name: String, _ value: String?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    /// A member with an integer, or null for nil.
    public mutating func field(_ name: String, _ value: Int?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    /// A member with an integer, or null for nil.
    public mutating func field(_ name: String, _ value: Int64?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    /// A member with a double, or null for nil.
    public mutating func field(_ name: String, _ value: Double?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    /// A member with a truth value, or null for nil.
    public mutating func field(_ name: String, _ value: Bool?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    /// A member with an object.
    public mutating func field<E: Error>(
        _ name: String,
        object members: (inout JSONWriter) throws(E) -> Void
    ) throws(E) {
        self.name(name)
        try object(members)
    }

    /// A member with an array.
    public mutating func field<E: Error>(
        _ name: String,
        array elements: (inout JSONWriter) throws(E) -> Void
    ) throws(E) {
        self.name(name)
        try array(elements)
    }

    /// A member with bytes that already are one JSON value; they are not checked.
    public mutating func field(_ name: String, raw json: some Sequence<UInt8>) {
        self.name(name)
        raw(json)
    }

    /// A member with a string; nothing for nil.
    public mutating func optional(_ name: String, _ value: String?) {
        if let value { field(name, value) }
    }

    /// A member with an integer; nothing for nil.
    public mutating func optional(_ name: String, _ value: Int?) {
        if let value { field(name, value) }
    }

    /// A member with an integer; nothing for nil.
    public mutating func optional(_ name: String, _ value: Int64?) {
        if let value { field(name, value) }
    }

    /// A member with a double; nothing for nil.
    public mutating func optional(_ name: String, _ value: Double?) {
        if let value { field(name, value) }
    }

    /// A member with a truth value; nothing for nil.
    public mutating func optional(_ name: String, _ value: Bool?) {
        if let value { field(name, value) }
    }

    /// A member with a tree; nothing for nil.
    public mutating func optional(_ name: String, _ value: JSONValue?) {
        if let value { field(name, value) }
    }

    /// The bytes of one object.
    public static func object<E: Error>(_ members: (inout JSONWriter) throws(E) -> Void) throws(E) -> [UInt8] {
        var writer = JSONWriter()
        try writer.object(members)
        return writer.bytes
    }
}

extension JSONValue {
    /// The value's bytes, without space.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The value's text, without space.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
