import Crypto
import HTTP
import Loop
import SQLite

/// `GET /api/images/{id}/content`: a picture's bytes, named by their hash and cached for ever.
///
/// Besides its owner's key or session a signed address opens it, as OpenAI's `url` results do: bound to the image, the variant
/// and a time, so that a browser or an SDK can fetch it without a key.
@NetLoop
final class PictureHandler {
    /// How long a signed address is good.
    static let signedLifetime = Duration.seconds(3_600)

    private let commit: GroupCommit
    private let files: ImageFiles
    private let admission: Admission
    private let secret: [UInt8]

    init(commit: GroupCommit, files: ImageFiles, admission: Admission, secret: [UInt8]) {
        self.commit = commit
        self.files = files
        self.admission = admission
        self.secret = secret
    }

    func content(_ exchange: Exchange, image id: String) async throws {
        let variant = exchange.request.queryValue("variant") ?? "original"
        guard variant == "original" || variant == "thumb" else {
            throw GatewayError(.invalidRequest, "`variant` is `original` or `thumb`.", param: "variant")
        }
        let caller = isSigned(exchange.request, id, variant) ? nil : try admission.admit(exchange.request).caller
        let found = try await commit.read { try JobStore.image(id, in: $0) }
        guard let found, caller == nil || found.owner == caller?.userID || caller?.role == .admin else {
            throw GatewayError(.notFound, "There is no such image.")
        }
        guard let picture = found.row.picture else {
            throw GatewayError(.notFound, "This image has no picture (yet).")
        }
        let isThumb = variant == "thumb" && picture.thumbSha256 != nil
        let hash = isThumb ? picture.thumbSha256 ?? picture.sha256 : picture.sha256
        let type = isThumb ? picture.thumbType ?? picture.type : picture.type
        try await send(exchange, hash: hash, type: type)
    }

    private func send(_ exchange: Exchange, hash: String, type: String) async throws {
        let headers = [
            ("content-type", type),
            ("etag", "\"\(hash)\""),
            ("cache-control", "private, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"),
        ]
        if exchange.request.headers["if-none-match"]?.contains(hash) == true {
            return exchange.respond(304, headers)
        }
        guard let bytes = await files.load(sha256: hash) else {
            throw GatewayError(.unexpected, "The picture's file is missing.")
        }
        exchange.respond(200, headers, bytes)
    }

    // MARK: Signed addresses

    /// An address that opens without a key until it expires.
    func signedPath(image id: String) -> String {
        let expires = wallClockMicroseconds() / 1_000_000 + Self.signedLifetime.milliseconds / 1_000
        return "/api/images/\(id)/content?variant=original&expires=\(expires)&sig=\(signature(id, "original", expires))"
    }

    private func isSigned(_ request: Request, _ id: String, _ variant: String) -> Bool {
        guard let signature = request.queryValue("sig"), let expires = Int64(request.queryValue("expires") ?? ""),
            expires > wallClockMicroseconds() / 1_000_000
        else { return false }
        return constantTimeEqual(Array(signature.utf8), Array(self.signature(id, variant, expires).utf8))
    }

    private func signature(_ id: String, _ variant: String, _ expires: Int64) -> String {
        Hex.encode(MAC.hmacSHA256(key: secret, Array("\(id)|\(variant)|\(expires)".utf8)))
    }
}
