/// What a field of a log line may hold. A type that is not listed here is logged as text, by whoever knows that it is
/// safe to show: `"\(value)"`.
public protocol LogValue: Sendable {
    /// Appends the value as JSON.
    func writeLog(_ bytes: inout [UInt8])
}

extension String: LogValue {
    /// Appends a JSON string, at most 1,024 bytes of it.
    public func writeLog(_ bytes: inout [UInt8]) { LogLine.quote(self, into: &bytes) }
}

extension Substring: LogValue {
    /// Appends a JSON string, at most 1,024 bytes of it.
    public func writeLog(_ bytes: inout [UInt8]) { LogLine.quote(String(self), into: &bytes) }
}

extension StaticString: LogValue {
    /// Appends a JSON string.
    public func writeLog(_ bytes: inout [UInt8]) { LogLine.quote(description, into: &bytes) }
}

extension Bool: LogValue {
    /// Appends `true` or `false`.
    public func writeLog(_ bytes: inout [UInt8]) { bytes.append(contentsOf: description.utf8) }
}

extension LogValue where Self: FixedWidthInteger {
    /// Appends the number.
    public func writeLog(_ bytes: inout [UInt8]) { bytes.append(contentsOf: String(self).utf8) }
}

extension Int: LogValue {}
extension Int64: LogValue {}
extension Int32: LogValue {}
extension UInt: LogValue {}
extension UInt64: LogValue {}
extension UInt32: LogValue {}
extension UInt16: LogValue {}
extension UInt8: LogValue {}

extension Double: LogValue {
    /// Appends the number; what JSON has no number for (infinity, NaN) as text.
    public func writeLog(_ bytes: inout [UInt8]) {
        if isFinite { bytes.append(contentsOf: description.utf8) } else { description.writeLog(&bytes) }
    }
}

extension Duration: LogValue {
    /// Appends milliseconds with three decimals.
    public func writeLog(_ bytes: inout [UInt8]) {
        let (seconds, attoseconds) = components
        let microseconds = Double(seconds) * 1e6 + (Double(attoseconds) / 1e12).rounded()
        bytes.append(contentsOf: (microseconds / 1e3).description.utf8)
    }
}

extension Optional: LogValue where Wrapped: LogValue {
    /// Appends the value or `null`.
    public func writeLog(_ bytes: inout [UInt8]) {
        if let self { self.writeLog(&bytes) } else { bytes.append(contentsOf: "null".utf8) }
    }
}

/// A value that no log, error, dump or interpolation shows: it describes itself as `***`.
public struct Secret<Value: Sendable>: Sendable, LogValue, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: Value

    /// Hides a value.
    public init(_ value: Value) { self.value = value }

    /// The value itself, for the one place that needs it.
    public func reveal() -> Value { value }

    /// `***`.
    public var description: String { "***" }

    /// `***`.
    public var debugDescription: String { "***" }

    /// Nothing to see for `dump` either.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Appends `"***"`.
    public func writeLog(_ bytes: inout [UInt8]) { bytes.append(contentsOf: "\"***\"".utf8) }
}

extension Secret: Equatable where Value: Equatable {}
extension Secret: Hashable where Value: Hashable {}
