import CCurl

/// libcurl's list of header lines, in one allocation: nodes first, then the lines that they point to.
///
/// libcurl reads the list while a call runs and does not own it.
final class HeaderList {
    private let storage: UnsafeMutableRawPointer
    /// The first node.
    let head: UnsafeMutablePointer<curl_slist>

    /// The lines for these fields, and one that keeps libcurl's own `Expect` out; nil when a name is no token or a
    /// value holds a control character, which would let it begin a line of its own.
    init?(_ fields: [(String, String)]) {
        var size = Self.noExpect.utf8CodeUnitCount + 1
        for (name, value) in fields {
            guard Self.isClean(name, value) else { return nil }
            size += name.utf8.count + value.utf8.count + 3
        }
        let nodeBytes = (fields.count + 1) * MemoryLayout<curl_slist>.stride
        storage = .allocate(byteCount: nodeBytes + size, alignment: MemoryLayout<curl_slist>.alignment)
        head = storage.bindMemory(to: curl_slist.self, capacity: fields.count + 1)
        var text = (storage + nodeBytes).assumingMemoryBound(to: UInt8.self)
        for (index, (name, value)) in fields.enumerated() {
            link(index, text, isLast: false)
            Self.write(name, &text)
            // libcurl takes "name:" for a field to leave out, and "name;" for one without a value.
            Self.write(value.isEmpty ? ";" : ": ", &text)
            Self.write(value, &text)
            Self.end(&text)
        }
        link(fields.count, text, isLast: true)
        text.update(from: Self.noExpect.utf8Start, count: Self.noExpect.utf8CodeUnitCount)
        text += Self.noExpect.utf8CodeUnitCount
        Self.end(&text)
    }

    private static let noExpect: StaticString = "expect:"

    private func link(_ index: Int, _ line: UnsafeMutablePointer<UInt8>, isLast: Bool) {
        let characters = UnsafeMutableRawPointer(line).assumingMemoryBound(to: CChar.self)
        (head + index).initialize(to: curl_slist(data: characters, next: isLast ? nil : head + index + 1))
    }

    private static func write(_ string: String, _ text: inout UnsafeMutablePointer<UInt8>) {
        var string = string
        string.withUTF8 { bytes in
            if let start = bytes.baseAddress { text.update(from: start, count: bytes.count) }
            text += bytes.count
        }
    }

    private static func end(_ text: inout UnsafeMutablePointer<UInt8>) {
        text.pointee = 0
        text += 1
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

    deinit { storage.deallocate() }
}
