/// One field of a connector's credentials: what the form asks for and what validation expects.
public struct CredentialField: Sendable, Equatable {
    /// The shape that a value must have.
    public enum Shape: Sendable, Equatable {
        /// 8 to 512 printable ASCII characters without spaces, as every provider's key is.
        case key
        /// As ``key``, beginning with one of these.
        case keyBeginning([String])
        /// A URL by ``BaseURLRule``.
        case baseURL
        /// 1 to `limit` letters, digits, `-`, `_` and `.`, not dots alone: can't rewrite a URL that it is put into.
        case name(limit: Int)
        /// 1 to `limit` letters, digits and `-`, not at its ends: one part of a host's name.
        case label(limit: Int)
        /// A token of up to `limit` bytes, otherwise as ``key``: temporary credentials are longer than any key.
        case token(limit: Int)
        /// 16 to 128 letters and digits, as AWS's access keys have it.
        case accessKeyID
        /// 1 to `limit` letters, digits, `-`, `_`, `.`, `:` and `/`, beginning and ending with a letter or digit: a
        /// model's name or ARN. It must be escaped where it is put into a URL.
        case modelID(limit: Int)
    }

    /// The name in the API, such as `api_key`.
    public let name: String
    /// What a value looks like.
    public let shape: Shape
    /// The connector does not work without it.
    public let isRequired: Bool
    /// Write-only: never shown again.
    public let isSecret: Bool

    /// A field.
    public init(_ name: String, _ shape: Shape, required: Bool = true, secret: Bool = true) {
        self.name = name
        self.shape = shape
        self.isRequired = required
        self.isSecret = secret
    }

    /// Refuses a value that can't be one; the message names the field and never holds the value.
    public func check(_ value: String) throws(ProviderError) {
        guard !value.isEmpty else { throw problem("must not be empty") }
        guard value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw problem("must not contain spaces, line breaks or characters outside ASCII")
        }
        switch shape {
        case .key:
            try checkKey(value)
        case .keyBeginning(let prefixes):
            try checkKey(value)
            guard prefixes.contains(where: value.hasPrefix) else {
                throw problem("must begin with \(prefixes.joined(separator: " or "))")
            }
        case .baseURL:
            _ = try BaseURLRule.check(value, field: name)
        case .name(let limit):
            guard value.utf8.count <= limit else { throw problem("is longer than \(limit) characters") }
            guard value.utf8.allSatisfy(Self.isNameByte) else {
                throw problem("may hold letters, digits, '-', '_' and '.' only")
            }
            guard value.utf8.contains(where: { $0 != 0x2E }) else { throw problem("must not be dots alone") }
        case .label(let limit):
            guard value.utf8.count <= limit else { throw problem("is longer than \(limit) characters") }
            guard value.utf8.allSatisfy({ Self.isNameByte($0) && $0 != 0x2E && $0 != 0x5F }) else {
                throw problem("may hold letters, digits and '-' only")
            }
            guard !value.hasPrefix("-"), !value.hasSuffix("-") else { throw problem("must not begin or end with '-'") }
        case .token(let limit):
            try checkKey(value, limit: limit)
        case .accessKeyID:
            guard (16...128).contains(value.utf8.count), value.utf8.allSatisfy(Self.isAlphanumeric) else {
                throw problem("must be 16 to 128 letters and digits")
            }
        case .modelID(let limit):
            guard value.utf8.count <= limit else { throw problem("is longer than \(limit) characters") }
            guard value.utf8.allSatisfy({ Self.isNameByte($0) || $0 == 0x2F || $0 == 0x3A }),
                value.utf8.first.map(Self.isAlphanumeric) ?? false, value.utf8.last.map(Self.isAlphanumeric) ?? false
            else { throw problem("may hold letters and digits, and between them '-', '_', '.', ':' and '/'") }
        }
    }

    private func checkKey(_ value: String, limit: Int = 512) throws(ProviderError) {
        guard value.utf8.count >= 8 else { throw problem("is too short") }
        guard value.utf8.count <= limit else { throw problem("is too long") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    func problem(_ what: String) -> ProviderError {
        ProviderError(.configError, "The field \(name) \(what).", param: name)
    }
}

extension Adapter {
    /// Checks every field against ``fields``; a field that the type doesn't know is refused.
    public func validate(_ config: ConnectorConfig) throws(ProviderError) {
        for field in fields {
            let isAddress = field.shape == .baseURL
            let value = isAddress ? config.baseURL ?? config.credentials[field.name] : config.credentials[field.name]
            if let value {
                try field.check(value)
            } else if field.isRequired, !(isAddress && config.operatorURL != nil) {
                throw field.problem("is required")
            }
        }
        let known = fields.map(\.name)
        for name in config.credentials.keys.sorted() where !known.contains(name) {
            throw ProviderError(
                .configError,
                "Connectors of this type have only the fields \(known.joined(separator: ", ")).",
                param: CredentialField.safeName(name)
            )
        }
        if config.baseURL != nil, !fields.contains(where: { $0.shape == .baseURL }) {
            throw ProviderError(.configError, "Connectors of this type have no base_url.", param: "base_url")
        }
    }
}

extension CredentialField {
    /// A field name that came from outside, fit for a message: only if it looks like a name.
    static func safeName(_ name: String) -> String? {
        name.utf8.count <= 64 && name.utf8.allSatisfy(isNameByte) ? name : nil
    }
}
