import Crypto
import HTTP

/// Bytes that don't change while the gateway runs, with what a browser needs to keep them: their type and their hash.
@NetLoop
struct ServedFile {
    private let bytes: [UInt8]
    private let headers: [(String, String)]
    private let etag: String

    init(_ bytes: [UInt8], type: String, headers: [(String, String)] = []) {
        self.bytes = bytes
        etag = "\"\(Hex.encode(Digest.sha256(bytes).prefix(16)))\""
        self.headers =
            [
                ("content-type", type), ("etag", etag), ("cache-control", "no-cache"),
                ("x-content-type-options", "nosniff"),
            ] + headers
    }

    func send(_ exchange: Exchange) {
        if exchange.request.headers["if-none-match"]?.contains(etag) == true {
            return exchange.respond(304, headers)
        }
        exchange.respond(200, headers, bytes)
    }
}
