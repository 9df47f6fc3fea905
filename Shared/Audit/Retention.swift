/// How long rows of the call log are kept: the policy chooses, the audit service follows.
public enum Retention {
    /// What may be chosen, days.
    public static let days = 7...365
    /// Until somebody chooses, days; as ``AuditSchema`` begins.
    public static let standardDays = 90
}
