import CCurl

/// libcurl's list of header lines, in one allocation: nodes first, then the lines that they point to.
///
/// libcurl reads the list while a call runs and does not own it.
final class HeaderList {
    private let storage: UnsafeMutableRawPointer?
    /// The first node, or nil for an empty list.
    let head: UnsafeMutablePointer<curl_slist>?

    /// The lines for these fields; nil when a name is no token or a value holds a control character, which would let
    /// it begin a line of its own.
    init?(_ fields: [(String, String)], _ suppressed: [StaticString]) {
        var text: [UInt8] = []
        var starts: [Int] = []
        text.reserveCapacity(fields.reduce(64) { $0 + $1.0.utf8.count + $1.1.utf8.count + 4 })
        for (name, value) in fields {
            guard Self.isClean(name, value) else { return nil }
            starts.append(text.count)
            text.append(contentsOf: name.utf8)
            // libcurl takes "name:" for a field to leave out, and "name;" for one without a value.
            text.append(value.isEmpty ? UInt8(ascii: ";") : UInt8(ascii: ":"))
            if !value.isEmpty { text.append(UInt8(ascii: " ")) }
            text.append(contentsOf: value.utf8)
            text.append(0)
        }
        for line in suppressed {
            starts.append(text.count)
            HeadWriter.append(&text, line)
            text.append(0)
        }
        (storage, head) = Self.link(text, starts)
    }

    private static func link(
        _ text: [UInt8],
        _ starts: [Int]
    ) -> (UnsafeMutableRawPointer?, UnsafeMutablePointer<curl_slist>?) {
        guard !starts.isEmpty else { return (nil, nil) }
        let nodeBytes = starts.count * MemoryLayout<curl_slist>.stride
        let storage = UnsafeMutableRawPointer.allocate(
            byteCount: nodeBytes + text.count,
            alignment: MemoryLayout<curl_slist>.alignment
        )
        let characters = storage + nodeBytes
        text.withUnsafeBytes {
            characters.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(storage), byteCount: $0.count)
        }
        let nodes = storage.bindMemory(to: curl_slist.self, capacity: starts.count)
        for (index, start) in starts.enumerated() {
            let line = (characters + start).assumingMemoryBound(to: CChar.self)
            (nodes + index).initialize(
                to: curl_slist(data: line, next: index + 1 < starts.count ? nodes + index + 1 : nil)
            )
        }
        return (storage, nodes)
    }

    private static func isClean(_ name: String, _ value: String) -> Bool {
        var name = name
        var value = value
        let isName = name.withUTF8 { bytes in
            bytes.baseAddress.map { ByteScan.tokenLength($0, bytes.count) == bytes.count && bytes.count > 0 } ?? false
        }
        return isName
            && value.withUTF8 { bytes in bytes.baseAddress.map { ByteScan.isFieldValue($0, bytes.count) } ?? true }
    }

    deinit { storage?.deallocate() }
}
