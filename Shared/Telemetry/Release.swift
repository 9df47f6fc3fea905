/// Which Martlet this is.
public enum Release {
    /// The version that every service of this build says it is: in its hello, for `--version`, and at
    /// `GET /api/admin/status`. For people; what two services may say to each other goes by the wire's minor version.
    public static let version = "0.1.0"
}
