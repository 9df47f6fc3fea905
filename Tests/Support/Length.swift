import Glibc

/// How long the tests of failures last: what CI can bear, or the failure table's full numbers.
public enum Length {
    /// Whether this is a long run, a nightly one: `MARTLET_LONG=1` in the environment.
    public static let isLong = getenv("MARTLET_LONG") != nil

    /// The number for this run.
    public static func pick<Value>(_ normal: Value, _ nightly: Value) -> Value { isLong ? nightly : normal }
}
