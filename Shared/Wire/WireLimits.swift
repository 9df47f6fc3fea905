/// The sizes that MTL1 allows, kept by sender and receiver alike: libzmq drops an oversize frame without a word.
public enum WireLimits {
    /// Magic and two lengths, bytes.
    public static let prefix = 12
    /// A header, bytes.
    public static let header = 8_192
    /// A payload, bytes.
    public static let payload = 1 << 20
    /// A first frame, bytes: what ZMQ_MAXMSGSIZE must at least let through.
    public static let firstFrame = prefix + header + payload
    /// Attachments of one message.
    public static let attachments = 16
    /// All attachments of one message together, bytes.
    public static let attachmentBytes = 32 << 20
    /// A kind, bytes.
    public static let kind = 48
    /// Any other text in a header, bytes.
    public static let headerText = 128
    /// Events of one `audit.append`.
    public static let auditEvents = 128
    /// Levels of arrays and objects.
    public static let depth = 16
}
