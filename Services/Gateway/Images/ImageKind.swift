/// What a picture is for.
enum ImageKind: String, Sendable, CaseIterable {
    case featured
    case inArticle = "in_article"
    case desktop
    case mobile

    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
