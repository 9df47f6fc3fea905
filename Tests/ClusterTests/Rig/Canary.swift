import Crypto
import Foundation
import JSON

/// A word that is planted where secrets or users' words go in, and must come out nowhere else.
struct Canary: Sendable {
    /// What it stands for.
    let name: String
    let value: String
    /// Parts of the paths of files that may hold it.
    let places: [String]
    /// Its bytes in every way in which one might write it.
    private let forms: [[UInt8]]

    init(_ name: String, _ value: String, in places: [String] = []) {
        self.name = name
        self.value = value
        self.places = places
        let bytes = Array(value.utf8)
        let json = String(JSONValue.string(value).written.dropFirst().dropLast())
        let hex = Hex.encode(bytes)
        var texts = [value, json, hex, hex.uppercased()]
        texts += [PercentEncoding.segment(value), value.replacingOccurrences(of: "/", with: "\\/")]
        // In Base64 it begins at one of three places, and the characters at both ends depend on what is around.
        for shift in 0..<3 {
            let text = Base64.encode([UInt8](repeating: 0, count: shift) + bytes)
            let inner = String(text.dropFirst(4).prefix((bytes.count + shift) / 3 * 4 - 4))
            texts += [inner, inner.replacing("+", with: "-").replacing("/", with: "_")]
        }
        forms = Set(texts).map { Array($0.utf8) }
    }

    /// Whether it is in there, in any form.
    func isIn(_ data: Data) -> Bool {
        data.withUnsafeBytes { bytes in forms.contains { Self.has($0, in: bytes) } }
    }

    /// Foundation's own search takes minutes over a cluster's files.
    private static func has(_ form: [UInt8], in bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = form.first, var start = bytes.baseAddress else { return false }
        var left = bytes.count
        while left >= form.count, let hit = memchr(start, Int32(first), left - form.count + 1) {
            if memcmp(hit, form, form.count) == 0 { return true }
            let next = UnsafeRawPointer(hit) + 1
            left -= next - start
            start = next
        }
        return false
    }

    func isIn(_ text: String) -> Bool { isIn(Data(text.utf8)) }

    /// Whether that file may hold it.
    func mayBeIn(_ path: String) -> Bool { places.contains { path.contains($0) } }
}
