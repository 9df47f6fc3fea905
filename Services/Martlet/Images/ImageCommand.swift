import HTTP
import JSON
import Loop

/// `martlet image`.
enum ImageCommand {
    static let command = Command(
        name: "image",
        operands: "PROMPT …",
        summary: "makes a batch of images, shows its progress and saves the pictures",
        options: [
            Option(name: "count", value: "N", meaning: "images of each prompt (default 1)"),
            Option(name: "format", value: "FORMAT", meaning: "webp (default), jpg or png"),
            Option(name: "model", value: "MODEL", meaning: "an image model (default: the first on offer)"),
            Option(name: "provider", value: "NAME", meaning: "a connector (default: the default one)"),
            Option(name: "size", value: "WxH", meaning: "1024x1024, …"),
            Option(name: "out", value: "DIR", meaning: "where to save (default ./pictures)"),
        ] + Option.client,
        action: .client(run)
    )

    /// Images of one batch; the gateway has a bound of its own.
    private static let most = 100

    @NetLoop
    private static func run(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        let count = try arguments.int("count", in: 1...most) ?? 1
        let prompts = arguments.operands.flatMap { Array(repeating: $0, count: count) }
        guard !prompts.isEmpty else { throw CommandError(.usage, "no prompt; see --help") }
        guard prompts.count <= most else { throw CommandError(.usage, "at most \(most) images in one batch") }
        let given = arguments.string("model")
        let model = if let given { given } else { try await Catalogue.firstModel(.image, gateway) }
        let accepted = try await gateway.call("POST", "/api/images/jobs", request(prompts, model: model, arguments))
        guard let id = accepted["job_id"]?.string else { throw CommandError(.failed, "the gateway gave no job_id") }
        let job = try await follow(id, accepted, prompts, isSilent: arguments.has("json"), gateway)
        let folder = arguments.string("out") ?? "./pictures"
        let saved = try await save(job, prompts, to: folder, gateway)
        try report(job, saved: saved, folder: folder, asJSON: arguments.has("json"))
    }

    private static func request(_ prompts: [String], model: String, _ arguments: Arguments) -> JSONValue {
        let images = prompts.map { prompt in
            var image = [JSONField("prompt", .string(prompt))]
            if let size = arguments.string("size") { image.append(JSONField("size", .string(size))) }
            return JSONValue.object(image)
        }
        var settings = [JSONField("model", .string(model))]
        for (name, option) in [("image_format", "format"), ("provider", "provider")] {
            if let text = arguments.string(option) { settings.append(JSONField(name, .string(text))) }
        }
        return .object([JSONField("images", .array(images)), JSONField("settings", .object(settings))])
    }

    // MARK: Progress

    /// Breaks of the event stream that are mended by resuming it, one after the other.
    private static let mostBreaks = 20

    /// Follows the job to its end and returns its last state.
    @NetLoop
    private static func follow(
        _ id: String,
        _ accepted: JSONValue,
        _ prompts: [String],
        isSilent: Bool,
        _ gateway: GatewayClient
    ) async throws(CommandError) -> JSONValue {
        let path = accepted["events_url"]?.string ?? "/api/images/jobs/\(id)/events"
        var progress = BatchProgress(prompts: prompts)
        progress.stateRead(try await gateway.call("GET", "/api/images/jobs/\(id)"))
        var display = ProgressDisplay(isSilent: isSilent)
        display.show(progress)
        var lastID: String?
        var breaks = 0
        while !progress.isOver {
            let headers = lastID.map { [("last-event-id", $0)] } ?? []
            do throws(CommandError) {
                try await gateway.follow("GET", path, headers: headers) { event throws(CommandError) in
                    if let id = event.id { lastID = id }
                    let data = (try? JSONValue(parsing: event.data)) ?? .null
                    if progress.received(event.name ?? "message", data) { display.show(progress) }
                    return !progress.isOver
                }
            } catch {
                if Task.isCancelled || error.code != .unavailable, error.cause != nil { throw error }
            }
            if progress.isOver { break }
            breaks += 1
            guard breaks <= mostBreaks else {
                throw CommandError(.failed, "the event stream of job \(id) keeps breaking")
            }
            try await Pause.wait(.milliseconds(250))
        }
        let job = try await gateway.call("GET", "/api/images/jobs/\(id)")
        progress.stateRead(job)
        display.show(progress)
        return job
    }

    // MARK: Pictures

    /// Fetches each picture there is and returns the paths.
    @NetLoop
    private static func save(
        _ job: JSONValue,
        _ prompts: [String],
        to folder: String,
        _ gateway: GatewayClient
    ) async throws(CommandError) -> [String] {
        var paths: [String] = []
        for image in job["images"]?.array ?? [] where image["status"]?.string == "generated" {
            guard let id = image["id"]?.string, let index = image["index"]?.int else { continue }
            let picture = try await gateway.download("/api/images/\(id)/content")
            let prompt = prompts.indices.contains(Int(index)) ? prompts[Int(index)] : ""
            let name = PictureName.fileName(prompt: prompt, index: Int(index), type: picture.type)
            if paths.isEmpty { try SmallFile.makeFolder(folder) }
            try SmallFile.write(picture.bytes, to: "\(folder)/\(name)")
            paths.append("\(folder)/\(name)")
        }
        return paths
    }

    private static func report(
        _ job: JSONValue,
        saved: [String],
        folder: String,
        asJSON: Bool
    ) throws(CommandError) {
        let failures = (job["images"]?.array ?? []).filter { $0["status"]?.string != "generated" }
        if asJSON {
            Output.json(["job": job, "files": .array(saved.map { .string($0) })])
        } else {
            for image in failures {
                let number = (image["index"]?.int ?? 0) + 1
                let error = image["error"]
                Terminal.line("image \(number): \(Output.text(error?["message"])) (\(Output.text(error?["code"])))")
            }
            let cost = job["cost_usd"]?.double.map { ", \(Output.dollars($0))" } ?? ""
            Terminal.line("\(saved.count) saved in \(folder)\(cost)")
        }
        if !failures.isEmpty || saved.isEmpty {
            throw CommandError(.failed, "\(failures.count) of the images failed", cause: job["status"]?.string)
        }
    }
}

/// Waiting on the net loop.
enum Pause {
    @NetLoop
    static func wait(_ time: Duration) async throws(CommandError) {
        await withCheckedContinuation { continuation in
            NetLoop.after(time) { continuation.resume() }
        }
        if Task.isCancelled { throw CommandError(.interrupted, "stopped") }
    }
}
