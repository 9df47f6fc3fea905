/// Who is calling: the user behind a key. Never the key itself.
struct Caller: Sendable, Hashable {
    enum Role: String, Sendable {
        case admin
        case user
    }

    let userID: String
    let userName: String
    let role: Role
    let keyID: String
}
