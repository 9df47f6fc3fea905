import JSON

/// Users and their keys, by admins.
extension Endpoint {
    private static let user = "The user's id."

    static let users: [Endpoint] = [
        Endpoint("GET /api/admin/users", .users, "Every user, oldest first")
            .answers(200, "All of them.", .json(.page(of: .ref("User")))),
        Endpoint("POST /api/admin/users", .users, "Make a user")
            .takes(
                .object(
                    .must("name", .text.length(1...100)),
                    .may("role", .words("admin", "user").or("user")),
                    .may("email", .text.orNull.about("Where to tell them of their connectors' trouble."))
                )
            )
            .answers(201, "The user.", .json(.ref("User")))
            .refuses(409, "There is a user of that name.")
            .refuses(422, "No such name or role."),
        Endpoint("DELETE /api/admin/users/{id}", .users, "Delete a user with their keys and connectors")
            .part("id", user)
            .answers(204, "They are gone.", .nothing)
            .refuses(409, "An admin can't delete themselves."),
        Endpoint("GET /api/admin/users/{id}/keys", .users, "A user's keys, by their last four characters")
            .part("id", user)
            .answers(200, "All of them.", .json(.page(of: .ref("Key")))),
        Endpoint("POST /api/admin/users/{id}/keys", .users, "Make a key")
            .part("id", user)
            .takes(.object(.may("name", .text.length(0...100).or("key"))), optional: true)
            .answers(201, "The key, shown this once.", .json(.ref("NewKey")))
            .refuses(422, "The name is too long."),
        Endpoint("DELETE /api/admin/users/{id}/keys/{key}", .users, "Delete a key")
            .part("id", user)
            .part("key", "The key's id.")
            .answers(204, "It opens nothing any more.", .nothing),
    ]
}
