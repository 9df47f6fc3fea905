/// Which addresses a request may connect to, asked once more for the address that a name resolved to.
///
/// Checking only the name would leave a door to DNS rebinding: a name that resolves to the cloud's metadata address
/// on the second look. The client asks at every connection (`AddressPolicy`).
public enum Reach: Sendable, Equatable {
    /// The operator's own choice: any address.
    case operatorChoice
    /// A provider's fixed public address, over HTTPS.
    case publicService
    /// A user's HTTPS address: anything but link-local, metadata, multicast and unspecified addresses.
    case anyHost
    /// A user's HTTP address: loopback and private ranges alone, without the metadata addresses in them.
    case privateOnly
}
