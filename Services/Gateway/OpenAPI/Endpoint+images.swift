import JSON

/// Image jobs and their pictures.
extension Endpoint {
    static let images: [Endpoint] = [
        Endpoint("POST /api/images/jobs", .images, "Hand in a batch of images")
            .details("Once this is answered the job is on disk, and no service's end loses it.")
            .header("idempotency-key", .text.length(1...255), "The same key and body give the same job.")
            .goesByFeature()
            .takes(.ref("JobRequest"))
            .answers(202, "The job.", .json(.ref("JobAccepted")), headers: ["location"])
            .refuses(404, "No connector knows the model.")
            .refuses(409, "The idempotency key came before with another body.")
            .refuses(422, "Well-formed, with values that don't go."),
        Endpoint("GET /api/images/jobs", .images, "The caller's jobs, newest first")
            .pages(1...100, or: 20)
            .answers(200, "A page.", .json(.page(of: .ref("Job")))),
        Endpoint("GET /api/images/jobs/{id}", .images, "A job's state, with each image's progress")
            .part("id", "The job's id.")
            .answers(200, "The job now.", .json(.ref("Job"))),
        Endpoint("DELETE /api/images/jobs/{id}", .images, "Cancel a job")
            .details("What waits is cancelled at once, what runs is told to stop; pictures that were made stay.")
            .part("id", "The job's id.")
            .answers(200, "All its images have ended.", .json(.ref("Job")))
            .answers(202, "Some are ending.", .json(.ref("Job"))),
        Endpoint("GET /api/images/jobs/{id}/events", .images, "A job's life as server-sent events")
            .details(
                """
                `image_pending`, `image_attempt`, `image`, `image_failed` and `done` have an `id:` and come again after a \
                reconnect, and so does the `step` of an image that is skipped; other steps and `progress`, which is the whole \
                batch's, are for the moment only. `done` is the last.
                """
            )
            .part("id", "The job's id.")
            .header("last-event-id", .count, "The number of the last event that came; the stream goes on behind it.")
            .answers(200, "The events.", .events(.ref("JobEvent"))),
        Endpoint("GET /api/progress/stream", .images, "The events of all jobs of the caller, or of one")
            .details(
                """
                The events of a job's own stream, with numbers that count over all jobs of a user. Over all jobs it \
                begins with the `progress` of those that are open and has no end; over one it begins with the job's \
                first event and ends with its last.
                """
            )
            .query("job_id", .text, "The job; without it all of the caller's.")
            .header("last-event-id", .count, "The number of the last event that came; 0 for everything there was.")
            .answers(200, "The events.", .events(.ref("JobEvent")))
            .refuses(404, "The caller has no such job."),
        Endpoint("GET /api/images/{id}", .images, "An image: its state, and what is known of its picture")
            .part("id", "The image's id.")
            .answers(200, "The image.", .json(.ref("Image"))),
        Endpoint("GET /api/images/{id}/content", .images, "A picture's bytes")
            .details("Named by its hash and good for ever. A signed address needs no key until it expires.")
            .part("id", "The image's id.")
            .query("variant", .words("original", "thumb").or("original"), "The picture or its thumbnail.")
            .query("expires", .integer, "Until when a signed address is good, in seconds since 1970.")
            .header("if-none-match", .text, "The `etag` of the answer before.")
            .answers(200, "The picture.", .file(["image/webp", "image/png", "image/jpeg"]), headers: ["etag"])
            .answers(304, "It is the one that the caller has.", .nothing, headers: ["etag"])
            .refuses(400, "There is no such variant.")
            .opensBySignature(),
    ]
}
