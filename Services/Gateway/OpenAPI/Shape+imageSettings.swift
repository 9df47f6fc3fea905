import JSON

/// How pictures are made: settings, templates, and what is left out.
extension Shape {
    static let imageSettings: [(name: String, shape: Shape)] = [
        (
            "ImageSettings",
            .object(
                .may("provider", .text.orNull.about("A connector's id, name or type.")),
                .may("model", .text.orNull.about("A model's name or `connector-name/model`.")),
                .may("image_type", .text.length(1...32).orNull.like("realistic").about("The style, one word.")),
                .may("image_format", .words("webp", "jpg", "png").orNull),
                .may("quality", .text.orNull.about("The provider's word for it.")),
                .may("max_in_article_images", .integer.from(1, to: 5).orNull.about("Null for any number.")),
                .may("desktop_enabled", .flag.orNull),
                .may("mobile_enabled", .flag.orNull),
                .may(
                    "sizes",
                    Shape.composed(of: ImageKind.allCases.map { .may($0.rawValue, size) }).orNull
                        .about("For images that name no size, by kind.")
                )
            )
        ),
        (
            "ImageTemplate",
            .object(
                .must(
                    "text",
                    .text.length(1...PromptTemplate.textLimit).like("{post_title}: {image_prompt}").about(
                        "`{post_title}`, `{image_prompt}` and `{image_type}` are filled in; `{{` stands for a brace."
                    )
                ),
                .may("negative_prompt", .text.orNull.about("For jobs that have none."))
            )
        ),
        (
            "StoredImageTemplate",
            .object(
                .must("name", .text),
                .must("scope", .words("user", "organisation", "built_in")),
                .must("text", .text),
                .must("negative_prompt", .text.orNull),
                .may("changed_at", .time)
            )
        ),
        (
            "ImageSkipped",
            .object(
                .must("requested_index", .count.about("Its place in the request.")),
                .must("code", .words("no_prompt", "kind_disabled", "too_many_in_article")),
                .must("message", .text)
            )
        ),
    ]
}
