/// A file name for a picture: its prompt's words, its place in the batch, its type.
enum PictureName {
    private static let longest = 48

    /// Letters and digits of the prompt with hyphens between them: `a-boat-at-dawn-2.webp`.
    static func fileName(prompt: String, index: Int, type: String) -> String {
        var name = ""
        for character in prompt.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                name.append(character)
            } else if !name.hasSuffix("-"), !name.isEmpty {
                name.append("-")
            }
            if name.count >= longest { break }
        }
        while name.hasSuffix("-") { name.removeLast() }
        return "\(name.isEmpty ? "image" : name)-\(index + 1).\(fileExtension(of: type))"
    }

    private static func fileExtension(of type: String) -> String {
        switch type.prefix(while: { $0 != ";" }) {
        case "image/webp": "webp"
        case "image/jpeg", "image/jpg": "jpg"
        case "image/png": "png"
        default: "bin"
        }
    }
}
