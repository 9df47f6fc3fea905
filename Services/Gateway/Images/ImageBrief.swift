import JSON

/// What a request comes to under what is stored for its caller: the images that are made, with their prompts, and
/// those that are not, with why.
struct ImageBrief: Sendable {
    struct Image: Sendable {
        let title: String
        let kind: ImageKind
        let prompt: String
        let size: String?
    }

    /// An image that is left out.
    struct Skipped: Sendable, Equatable {
        enum Reason: String, Sendable {
            case noPrompt = "no_prompt"
            case kindDisabled = "kind_disabled"
            case tooManyInArticle = "too_many_in_article"
        }

        /// Its place in the request, from 0.
        let place: Int
        let reason: Reason
        let message: String
    }

    let images: [Image]
    let skipped: [Skipped]
    let settings: ImageSettings
    let negativePrompt: String?

    /// - Parameters:
    ///   - namesConnector: whether a model has a connector's name in front.
    /// - Throws: `validation_failed` when nothing is left to make, or a prompt gets too long.
    init(
        _ request: ImageRequest,
        under stored: StoredImageSettings,
        namesConnector: (String) -> Bool
    ) throws(GatewayError) {
        var own = request.settings
        own.provider = request.connector ?? own.provider
        let lower = stored.effective(namesConnector: namesConnector)
        guard request.form == .native else {
            if own.model == nil, own.provider == nil {
                own.provider = lower.provider
                own.model = lower.model
            }
            settings = own
            negativePrompt = request.negativePrompt
            images = request.wanted.map { Image(title: $0.title, kind: $0.kind, prompt: $0.prompt, size: $0.size) }
            skipped = []
            return
        }
        let settings = own.over(lower, namesConnector: namesConnector)
        let template = stored.template ?? .builtIn(hasType: settings.imageType != nil)
        self.settings = settings
        negativePrompt = request.negativePrompt ?? template.negativePrompt
        var images: [Image] = []
        var skipped: [Skipped] = []
        for wanted in request.wanted {
            if let skip = Self.skip(wanted, settings, after: images) {
                skipped.append(skip)
            } else {
                images.append(try Self.image(wanted, settings, template))
            }
        }
        guard !images.isEmpty else {
            throw GatewayError(.unprocessable, "The settings leave none of these images.", param: "images")
        }
        (self.images, self.skipped) = (images, skipped)
    }

    private static func skip(
        _ wanted: ImageRequest.Wanted,
        _ settings: ImageSettings,
        after images: [Image]
    ) -> Skipped? {
        let (reason, why): (Skipped.Reason, String)
        let limit = settings.maxInArticleImages ?? .max
        if wanted.prompt.isEmpty {
            (reason, why) = (.noPrompt, "it has no prompt")
        } else if !settings.makes(wanted.kind) {
            (reason, why) = (.kindDisabled, "\(wanted.kind.rawValue) images are off")
        } else if wanted.kind == .inArticle, images.count(where: { $0.kind == .inArticle }) >= limit {
            (reason, why) = (.tooManyInArticle, "a job has at most \(limit) in_article images")
        } else {
            return nil
        }
        return Skipped(place: wanted.place, reason: reason, message: "Image \(wanted.place + 1) skipped: \(why).")
    }

    private static func image(_ wanted: ImageRequest.Wanted, _ settings: ImageSettings, _ template: PromptTemplate)
        throws(GatewayError) -> Image
    {
        let values = PromptTemplate.Values(
            title: wanted.title,
            prompt: wanted.prompt,
            type: settings.imageType ?? ""
        )
        let param = "images[\(wanted.place)].prompt"
        guard let prompt = template.prompt(values) else {
            let sentence = "With its template the prompt is longer than \(PromptTemplate.promptLimit) bytes."
            throw GatewayError(.unprocessable, sentence, param: param)
        }
        guard prompt.contains(where: { !$0.isWhitespace }) else {
            throw GatewayError(.unprocessable, "With its template the prompt is empty.", param: param)
        }
        return Image(
            title: wanted.title,
            kind: wanted.kind,
            prompt: prompt,
            size: wanted.size ?? settings.sizes[wanted.kind]
        )
    }
}

extension ImageBrief.Skipped {
    func write(_ writer: inout JSONWriter) {
        writer.field("requested_index", place)
        writer.field("code", reason.rawValue)
        writer.field("message", message)
    }
}
