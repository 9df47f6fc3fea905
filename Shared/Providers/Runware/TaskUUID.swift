import Crypto

/// Ids for Runware's tasks: UUIDs of version 4 in form, though made of a digest, so that a repeated attempt carries the
/// same one and the adapter needs no randomness.
enum TaskUUID {
    /// The id that belongs to these texts, and to no others.
    static func text(of parts: [String]) -> String {
        var digest = SHA256()
        digest.update("martlet runware task".utf8)
        for part in parts {
            digest.update("\0\(part.utf8.count)\0".utf8)
            digest.update(part.utf8)
        }
        var bytes = Array(digest.finalize().prefix(16))
        bytes[6] = 0x40 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        let hex = Hex.encode(bytes)
        var text = ""
        for (place, letter) in hex.enumerated() {
            if [8, 12, 16, 20].contains(place) { text.append("-") }
            text.append(letter)
        }
        return text
    }
}
