import JSON

/// Settings and templates of image jobs.
extension Endpoint {
    static let imageSettings: [Endpoint] = [
        Endpoint("GET /api/images/settings", .images, "What holds for the caller's image jobs")
            .details("One's own over the organisation's over the built-in ones; with a scope what is stored there.")
            .scoped()
            .answers(200, "The settings.", .json(.ref("ImageSettings"))),
        Endpoint("PUT /api/images/settings", .images, "Replace the settings for image jobs")
            .details("What isn't named is no longer set. The organisation's are an admin's to set.")
            .scoped()
            .takes(.ref("ImageSettings"))
            .answers(200, "As `GET` with the same scope.", .json(.ref("ImageSettings")))
            .refuses(403, "The organisation's are an admin's to set.")
            .refuses(422, "An unknown member, a wrong value, or a provider or model that the caller doesn't have."),
        Endpoint("GET /api/images/templates", .images, "One's own templates, then the organisation's")
            .scoped()
            .answers(200, "All of them.", .json(.page(of: .ref("StoredImageTemplate")))),
        Endpoint("GET /api/images/templates/{name}", .images, "The template that a job would get by that name")
            .part("name", templateName)
            .scoped()
            .answers(200, "The template.", .json(.ref("StoredImageTemplate"))),
        Endpoint("PUT /api/images/templates/{name}", .images, "Store a template")
            .details("`default` is for jobs that name none. The organisation's are an admin's to change.")
            .part("name", templateName)
            .scoped()
            .takes(.ref("ImageTemplate"))
            .answers(200, "It is stored.", .json(.ref("StoredImageTemplate")))
            .refuses(403, "The organisation's are an admin's to change.")
            .refuses(409, "There are \(ImageSettingsStore.templateLimit) already, which is the most.")
            .refuses(422, "An unknown placeholder, or a text or name that doesn't go."),
        Endpoint("DELETE /api/images/templates/{name}", .images, "Delete a template")
            .part("name", templateName)
            .scoped()
            .answers(204, "It is gone.", .nothing)
            .refuses(403, "The organisation's are an admin's to change."),
    ]

    private static let templateName = "The template's name: 1 to 64 letters, digits, `_`, `-` and `.`."

    private func scoped() -> Endpoint {
        query(
            "scope",
            .words("user", "organisation"),
            "Whose; without it what holds for the caller, and changes are theirs."
        )
    }
}
