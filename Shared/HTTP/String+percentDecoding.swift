extension String {
    /// The text behind percent-encoding (RFC 3986 section 2.1); a `%` that no two hex digits follow stays as it is.
    public init(percentDecoding bytes: some Sequence<UInt8>, plusIsSpace: Bool) {
        var source = Array(bytes)[...]
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        while let byte = source.popFirst() {
            if byte == UInt8(ascii: "%"), let high = source.first.flatMap(hexDigit),
                let low = source.dropFirst().first.flatMap(hexDigit)
            {
                result.append(high << 4 | low)
                source = source.dropFirst(2)
            } else {
                result.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        self.init(decoding: result, as: UTF8.self)
    }
}
