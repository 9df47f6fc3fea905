import Bus
import Crypto
import HTTP
import JSON
import Loop
import Providers
import SQLite

/// `POST /v1/images/generations`: OpenAI's call in front of a durable job; it waits for the job's end.
///
/// `Prefer: respond-async` answers 202 with the job instead. A caller that leaves has its job cancelled, unless it
/// gave an idempotency key and may come back for the result.
@NetLoop
final class GenerationsHandler {
    private let counter: ImageCounter
    private let images: ImageHandler
    private let pictures: PictureHandler
    private let files: ImageFiles
    private let desk: JobDesk
    private let feed: JobFeed
    private let callLog: CallLog

    init(
        counter: ImageCounter,
        images: ImageHandler,
        pictures: PictureHandler,
        files: ImageFiles,
        desk: JobDesk,
        feed: JobFeed,
        callLog: CallLog
    ) {
        self.counter = counter
        self.images = images
        self.pictures = pictures
        self.files = files
        self.desk = desk
        self.feed = feed
        self.callLog = callLog
    }

    func generate(_ call: Call) async throws {
        let bytes = try await call.exchange.body(limit: 1 << 20)
        let body = try parseJSON(bytes)
        let request = try ImageRequest(openAI: body)
        if body["stream"]?.bool == true {
            throw GatewayError(
                .streamingUnsupported,
                "Images are not streamed yet; use POST /api/images/jobs.",
                param: "stream"
            )
        }
        let wantsURL = body["response_format"]?.string == "url"
        let key = try call.request.idempotencyKey
        let receipt = try await counter.accept(request, from: call, idempotencyKey: key, body: bytes)
        if call.request.headers["prefer"]?.contains("respond-async") == true {
            return call.answer(202) { writer in
                writer.field("job_id", receipt.jobID)
                writer.field("status_url", "/api/images/jobs/\(receipt.jobID)")
                writer.field("events_url", "/api/images/jobs/\(receipt.jobID)/events")
            }
        }
        var journal = receipt.target.map {
            CallJournal(
                call: call,
                target: $0,
                purpose: .image,
                stream: false,
                prices: .standard,
                log: callLog
            )
        }
        let job: JobRow
        do {
            job = try await finished(receipt.jobID, call, cancelsOnLeave: key == nil)
        } catch {
            journal?.end(.cancelled)
            throw error
        }
        guard let first = job.images.first(where: { $0.state == .done }) else {
            let error = Self.error(of: job)
            journal?.end(.failed(error.code))
            throw error
        }
        journal?.knownCostUSD = job.costUSD
        journal?.end(.succeeded)
        try await answer(
            call,
            job,
            first,
            wantsURL: wantsURL,
            headers: journal?.headers(contentType: "application/json")
        )
    }

    /// Waits for the job's end.
    private func finished(_ id: String, _ call: Call, cancelsOnLeave: Bool) async throws -> JobRow {
        let queue = EventQueue()
        let subscription = feed.subscribe(id) { if $0.name == "done" { queue.put($0) } }
        defer { feed.unsubscribe(subscription) }
        call.exchange.onLeave = { queue.close() }
        var job = try await images.job(id, of: call.caller)
        if !job.isFinished, await queue.next() == nil {
            if cancelsOnLeave { await desk.cancel(images: job.images.map(\.id)) }
            throw GatewayError(.cancelled, "The client left.")
        }
        if !job.isFinished { job = try await images.job(id, of: call.caller) }
        return job
    }

    private func answer(
        _ call: Call,
        _ job: JobRow,
        _ first: ImageRow,
        wantsURL: Bool,
        headers: [(String, String)]?
    ) async throws {
        var results: [(name: String, value: String)] = []
        for image in job.images {
            guard let picture = image.picture else { continue }
            if wantsURL {
                let host = call.request.headers["host"] ?? "127.0.0.1"
                results.append(("url", "http://\(host)\(pictures.signedPath(image: image.id))"))
            } else if let bytes = await files.load(sha256: picture.sha256) {
                results.append(("b64_json", Base64.encode(bytes)))
            }
        }
        guard !results.isEmpty else { throw GatewayError(.unexpected, "The pictures' files are missing.") }
        let body = JSONWriter.object { writer in
            writer.field("created", wallClockMicroseconds() / 1_000_000)
            writer.field(
                "data",
                array: { writer in
                    for result in results { writer.object { $0.field(result.name, result.value) } }
                }
            )
            if let picture = first.picture {
                writer.field(
                    "output_format",
                    picture.type.hasSuffix("jpeg") ? "jpeg" : String(picture.type.dropFirst(6))
                )
                writer.field("size", "\(picture.width)x\(picture.height)")
            }
            writer.field("job_id", job.id)
        }
        call.exchange.respond(200, headers ?? [("content-type", "application/json")], body)
    }

    /// The first image's error, unchanged from the worker that met it.
    private static func error(of job: JobRow) -> GatewayError {
        guard let bytes = job.images.compactMap(\.error).first, let stored = try? JSONValue(parsing: bytes) else {
            return GatewayError(.unexpected, "No image was generated.")
        }
        let name = stored["code"]?.string ?? ""
        let code: GatewayError.Code =
            switch name {
            case "bad_request": .invalidRequest
            case "not_found": .modelNotFound
            default: GatewayError.Code(rawValue: name) ?? .providerUnavailable
            }
        return GatewayError(
            code,
            stored["message"]?.string ?? "No image was generated.",
            details: stored["details"]?.object ?? []
        )
    }
}
