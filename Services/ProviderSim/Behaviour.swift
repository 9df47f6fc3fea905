/// How the simulator treats one call: what it answers and how long it takes.
struct Behaviour: Equatable, Sendable {
    var action: Action = .answer
    /// Until the first byte of an answer.
    var latency: Duration?
    /// Between two pieces of a stream.
    var chunkDelay: Duration?
    /// For each image.
    var imageTime: Duration?
    /// What a rate limit tells the caller to wait.
    var retryAfter: Duration = .seconds(1)

    /// The beginnings of the names of models that exist, as the providers and the usual compatible servers call theirs,
    /// vendors' and regions' prefixes left out.
    private static let families = [
        "gpt-", "chatgpt", "o1", "o3", "o4", "dall-e", "text-embedding", "bench", "llama", "qwen", "mistral", "gemma",
        "phi", "deepseek", "sd-", "sd3", "flux", "claude", "gemini", "grok", "nova", "titan", "stable-image", "imagen",
        "runware:", "civitai:", "openai:", "google:", "bfl:",
    ]

    /// `anthropic/claude…`, `us.anthropic.claude…` and `models/gemini…` without what stands in front.
    private static func bare(_ model: String) -> Substring {
        var name = model.lowercased()[...]
        if let slash = name.lastIndex(of: "/") { name = name[name.index(after: slash)...] }
        while let dot = name.firstIndex(of: "."), name[..<dot].allSatisfy({ $0.isLetter || $0 == "-" }) {
            name = name[name.index(after: dot)...]
        }
        return name
    }

    /// What a model's name asks for: `sim-` and a word, a normal answer, or for a name like none of a provider's
    /// models that there is no such model.
    init(model: String) {
        guard Self.bare(model).hasPrefix("sim-") else {
            let name = Self.bare(model)
            if !name.isEmpty, !Self.families.contains(where: name.hasPrefix) { action = .fail(.modelNotFound) }
            return
        }
        let word = String(Self.bare(model).dropFirst(4))
        switch word {
        case "fast":
            (latency, chunkDelay, imageTime) = (.zero, .zero, .zero)
        case "slow":
            (latency, chunkDelay, imageTime) = (.seconds(2), .milliseconds(250), .seconds(15))
        default:
            action = Action(named: word) ?? .answer
        }
    }

    init(_ action: Action) {
        self.action = action
    }
}

/// What an answer looks like.
enum Action: Equatable, Sendable {
    /// As the provider does on a good day.
    case answer
    /// A typed failure in the provider's own shape.
    case fail(Failure)
    /// Refused as unsafe when the prompt names somebody's property, otherwise a good day; so a rewritten prompt passes.
    case picky
    /// Every other call of one prompt fails with a server error, the first one to begin with.
    case flaky
    /// Half an answer, then the connection is cut.
    case cut
    /// Half an answer, then silence until the caller gives up.
    case stall
    /// No answer at all: the connection is cut at once.
    case reset
    /// Status 200 and broken JSON.
    case malformed
    /// Status 200 and no byte.
    case empty
    /// Status 200 and an error object; in a stream, after some pieces.
    case errorInside
    /// A gateway's web page with status 502.
    case webPage
    /// An image call is answered with something else than a good picture.
    case wrongPicture(WrongPicture)

    /// What comes in a picture's place.
    enum WrongPicture: String, Sendable, CaseIterable {
        case text = "notapicture"
        case truncated = "truncated"
        case bomb = "bomb"
        case vector = "svg"
        case none = "zero-images"
    }

    /// The words of model names and rules.
    init?(named word: String) {
        switch word {
        case "answer", "ok": self = .answer
        case "picky": self = .picky
        case "flaky": self = .flaky
        case "cut": self = .cut
        case "stall": self = .stall
        case "reset": self = .reset
        case "malformed": self = .malformed
        case "empty-200": self = .empty
        case "200-error", "stream-error": self = .errorInside
        case "html-502": self = .webPage
        case "quota": self = .fail(.quota)
        case "moderated": self = .fail(.moderated)
        default:
            if let picture = WrongPicture(rawValue: word) {
                self = .wrongPicture(picture)
            } else if word.hasPrefix("error-"), let status = Int(word.dropFirst(6)),
                let failure = Failure(status: status)
            {
                self = .fail(failure)
            } else {
                return nil
            }
        }
    }
}

/// A failure, before a dialect gives it its shape.
enum Failure: Equatable, Sendable {
    case invalidKey(String?)
    case forbidden
    case modelNotFound
    case rateLimited
    case quota
    case moderated
    case server
    case overloaded
    case timeout
    /// What is wrong with the request, with the parameter's name and the provider's code.
    case invalid(message: String, parameter: String?, code: String?)

    init?(status: Int) {
        switch status {
        case 400: self = .invalid(message: "The simulator was asked to refuse this request.", parameter: nil, code: nil)
        case 401: self = .invalidKey("sk-simulated-0000")
        case 402: self = .quota
        case 403: self = .forbidden
        case 404: self = .modelNotFound
        case 408, 504: self = .timeout
        case 429: self = .rateLimited
        case 503, 529: self = .overloaded
        case 500...599: self = .server
        default: return nil
        }
    }
}
