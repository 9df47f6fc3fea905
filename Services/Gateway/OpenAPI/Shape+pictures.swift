import JSON

/// Image jobs, their images and events.
extension Shape {
    static let size = Shape.text.like("1024x1024").about("`auto` or `WIDTHxHEIGHT`, 16 to 4096 pixels each.")
    private static let prompt = Shape.text.about("At most \(ImageRequest.promptLimit) bytes.")
    private static let kind = Shape.words("featured", "in_article", "desktop", "mobile")

    static let pictures: [(name: String, shape: Shape)] = [
        (
            "ImagesRequest",
            .object(
                .must("prompt", prompt),
                .may("model", .text.about("A model's name or `connector-name/model`.")),
                .may("n", .integer.from(1, to: 10).or(1)),
                .may("size", size),
                .may("quality", .text),
                .may("negative_prompt", prompt),
                .may("output_format", .words("png", "jpeg", "jpg", "webp").or("png")),
                .may("response_format", .words("b64_json", "url").or("b64_json"))
            )
        ),
        (
            "Images",
            .object(
                .must("created", .integer),
                .must("data", .list(of: .object(.may("b64_json", .text), .may("url", .text)))),
                .may("output_format", .text),
                .may("size", .text),
                .must("job_id", .text)
            )
        ),
        (
            "JobRequest",
            .object(
                .must(
                    "images",
                    .list(
                        of: .object(
                            .may("prompt", prompt.about("Without one the image is skipped.")),
                            .may("title", .text),
                            .may("kind", kind.or("in_article")),
                            .may("size", size)
                        )
                    ).elements(1...ImageRequest.countLimit)
                ),
                .may("model", .text.about("A model's name or `connector-name/model`.")),
                .may("connector", .text.about("A connector's name or id.")),
                .may("negative_prompt", prompt),
                .may("settings", .ref("ImageSettings")),
                .may("template", .either(.text.about("A stored template's name."), .ref("ImageTemplate")))
            )
        ),
        (
            "JobAccepted",
            .object(
                .must("success", .only(true)),
                .must("job_id", .text),
                .must("status_url", .text),
                .must("events_url", .text),
                .must("message", .text),
                .must("warnings", .list(of: .ref("ImageSkipped")))
            )
        ),
        (
            "Job",
            .object(
                .must("job_id", .text),
                .must("status", .words("queued", "running", "succeeded", "partial", "failed", "cancelled")),
                .must("phase", .text.about("INIT, PREP, AI_CALL, PARSE, SAVE or DONE, of the image that is furthest.")),
                .must("percent", .integer.from(0, to: 100)),
                .must("message", .text),
                .may("queue_position", .count),
                .must("generated", .count),
                .must("failed", .count),
                .must("skipped", .count),
                .must("warnings", .list(of: .ref("ImageSkipped"))),
                .may("cost_usd", .number.about("Absent while the price of a picture is unknown.")),
                .must("created_at", .time),
                .must("images", .list(of: .ref("Image")))
            )
        ),
        (
            "Image",
            .object(
                .must("id", .text),
                .must("index", .count),
                .must("kind", kind),
                .must("title", .text),
                .must("status", .words("pending", "generating", "generated", "failed", "cancelled")),
                .must("percent", .integer.from(0, to: 100)),
                .may("url", .text),
                .may("type", .text),
                .may("width", .count),
                .may("height", .count),
                .may("bytes", .count),
                .may("sha256", .text),
                .may("error", .ref("ImageError")),
                .may("cost_usd", .number)
            )
        ),
        ("ImageError", .object(.must("code", .text), .must("message", .text), .may("details", .anyObject))),
        (
            "JobEvent",
            .object(
                .must("job_id", .text),
                .may("image_id", .text),
                .may("index", .count),
                .may("total", .count),
                .may("title", .text),
                .may("model", .text),
                .may("variant", .text.orNull),
                .may("attempt", .count),
                .may("phase", .text),
                .may("step", .text.like("image_attempt").about("What was reached.")),
                .may("percent", .number),
                .may("message", .text),
                .may("requested_index", .count),
                .may("code", .text.about("Why it is skipped.")),
                .may("url", .text),
                .may("type", .text),
                .may("width", .count),
                .may("height", .count),
                .may("bytes", .count),
                .may("sha256", .text),
                .may("cost_usd", .number),
                .may("reason", .words("chain_exhausted", "zero_images", "config_error")),
                .may("error", .ref("ImageError")),
                .may("status", .text),
                .may("generated", .count),
                .may("failed", .count),
                .may("skipped", .count)
            ).about("Which members an event has goes by its name.")
        ),
    ]
}
