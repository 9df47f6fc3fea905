import HTTP

/// What a user may give as a provider's address: HTTPS to any host, HTTP only to loopback and private ranges, no user
/// info, no query, no fragment.
///
/// Pure: a host that is a name can't be judged here and is judged again at every connection (``Reach``).
public enum BaseURLRule {
    /// An address that passed.
    public struct Accepted: Sendable, Equatable {
        /// Scheme, host, port and path, without a slash at the end.
        public let url: String
        /// The host alone, without brackets.
        public let host: String
        /// What a connection to it may reach.
        public let reach: Reach
    }

    /// The longest base URL in bytes.
    public static let longest = 512

    /// Judges an address; the error names the field and never the value.
    public static func check(_ text: String, field: String = "base_url") throws(ProviderError) -> Accepted {
        func refuse(_ why: String) -> ProviderError {
            ProviderError(.configError, "The field \(field) \(why).", param: field)
        }
        guard text.utf8.count <= longest else { throw refuse("is longer than \(longest) bytes") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else {
            throw refuse("must be a plain URL without spaces or backslashes")
        }
        guard let parts = Parts(text) else { throw refuse("must be a URL that begins with https:// or http://") }
        if text.utf8.contains(0x3F) || text.utf8.contains(0x23) {
            throw refuse("must not have a query or a fragment")
        }
        if parts.authority.utf8.contains(0x40) { throw refuse("must not have a user name or password") }
        guard let host = Host(parts.authority) else { throw refuse("has no valid host") }
        guard !parts.path.contains("/../"), !parts.path.hasSuffix("/.."), !parts.path.utf8.contains(0x25) else {
            throw refuse("must not have '..' or escapes in its path")
        }
        if let address = host.address {
            guard AddressPolicy.publicAndPrivate.allows(address) else {
                throw refuse("points to an address that no provider can have")
            }
            if !parts.isSecure, !AddressPolicy.privateOnly.allows(address) {
                throw refuse("must use https:// outside loopback and private ranges")
            }
        } else if !parts.isSecure, host.isSurelyPublic {
            throw refuse("must use https:// outside loopback and private ranges")
        }
        var path = parts.path[...]
        while path.hasSuffix("/") { path = path.dropLast() }
        let scheme = parts.isSecure ? "https://" : "http://"
        return Accepted(
            url: scheme + parts.authority.lowercased() + path,
            host: host.name,
            reach: parts.isSecure ? .anyHost : .privateOnly
        )
    }

    private struct Parts {
        let isSecure: Bool
        let authority: String
        let path: String

        init?(_ text: String) {
            let lower = text.lowercased()
            let rest: Substring
            if lower.hasPrefix("https://") {
                isSecure = true
                rest = text.dropFirst(8)
            } else if lower.hasPrefix("http://") {
                isSecure = false
                rest = text.dropFirst(7)
            } else {
                return nil
            }
            let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
            authority = String(rest[..<end])
            path = String(rest[end...])
            if authority.isEmpty { return nil }
        }
    }

    private struct Host {
        let name: String
        let address: SocketAddress?

        /// A name whose last label is all digits or hex (`127.1`, `0x7f000001`) is refused: resolvers read such
        /// spellings as addresses, each in its own way.
        init?(_ authority: String) {
            var host = authority[...]
            var port: Substring?
            if host.hasPrefix("[") {
                guard let close = host.firstIndex(of: "]") else { return nil }
                let rest = host[host.index(after: close)...]
                guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
                port = rest.isEmpty ? nil : rest.dropFirst()
                host = host[host.index(after: host.startIndex)..<close]
                guard let address = SocketAddress(numeric: String(host), port: 0), host.utf8.contains(0x3A) else {
                    return nil
                }
                self.address = address
            } else {
                if let colon = host.firstIndex(of: ":") {
                    port = host[host.index(after: colon)...]
                    host = host[..<colon]
                }
                address = SocketAddress(numeric: String(host), port: 0)
            }
            if let port { guard let number = UInt16(port), number > 0, port.first != "+" else { return nil } }
            name = host.lowercased()
            if address == nil, !Self.isName(name) { return nil }
        }

        private static func isName(_ name: String) -> Bool {
            guard !name.isEmpty, name.utf8.count <= 253 else { return false }
            let rooted = name.hasSuffix(".") ? name.dropLast() : name[...]
            let labels = rooted.split(separator: ".", omittingEmptySubsequences: false)
            for label in labels {
                guard !label.isEmpty, label.utf8.count <= 63, !label.hasPrefix("-"), !label.hasSuffix("-"),
                    label.utf8.allSatisfy(isLabelByte)
                else { return false }
            }
            guard let last = labels.last else { return false }
            return !last.utf8.allSatisfy { (0x30...0x39).contains($0) } && !last.hasPrefix("0x")
        }

        private static func isLabelByte(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x5F
        }

        /// A name with a top-level domain that is never used inside a network. One without a dot (`ollama`,
        /// `localhost`) or in a private zone is decided when it is connected to.
        var isSurelyPublic: Bool {
            let publicEnds = [".com", ".net", ".org", ".io", ".ai", ".dev", ".app", ".cloud"]
            return publicEnds.contains { name.hasSuffix($0) || name.hasSuffix($0 + ".") }
        }
    }
}
