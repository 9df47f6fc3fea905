import JSON
import Pictures

/// One task of a request, read and checked as Runware does.
struct RunwareTask {
    /// What is wrong with a request, in Runware's words.
    struct Refusal: Error, Equatable {
        let code: String
        let message: String
        var parameter: String?
        var id: String?
    }

    enum Kind {
        case ping
        case account
        case poll
        case picture(Picture)
    }

    enum Output: String {
        case url = "URL"
        case base64 = "base64Data"
        case dataURI = "dataURI"
    }

    struct Picture {
        var model: String
        var prompt: String
        var width: Int
        var height: Int
        var count = 1
        var seed = 7
        var output = Output.url
        var type = PictureType.jpg
        var quality = 95
        var includesCost = false
        var isAsync = false

        /// About what a picture of that size costs on the provider's own servers.
        var cost: Double? { includesCost ? 0.0038 * Double(width * height) / 1_048_576 : nil }
    }

    var id: String
    var kind: Kind

    var picture: Picture? { if case .picture(let picture) = kind { picture } else { nil } }

    /// Every task of a request, which must be an array.
    static func all(_ list: [JSONValue]?) throws(Refusal) -> [RunwareTask] {
        guard let list, !list.isEmpty, list.count <= 16 else {
            throw Refusal(code: "invalidRequestFormat", message: "The body must be an array of task objects.")
        }
        var tasks: [RunwareTask] = []
        for value in list {
            let task = try RunwareTask(value)
            guard task.id.isEmpty || !tasks.contains(where: { $0.id == task.id }) else {
                throw Refusal(
                    code: "duplicateTaskUUID",
                    message: "Each task needs an id of its own.",
                    parameter: "taskUUID"
                )
            }
            tasks.append(task)
        }
        return tasks
    }

    init(_ value: JSONValue) throws(Refusal) {
        guard let type = value["taskType"]?.string else {
            throw Refusal(code: "missingTaskType", message: "A task type is due.", parameter: "taskType")
        }
        if type == "ping" {
            (id, kind) = ("", .ping)
            return
        }
        guard let id = value["taskUUID"]?.string else {
            throw Refusal(code: "missingTaskUUID", message: "A task needs an id.", parameter: "taskUUID")
        }
        guard Self.isUUID4(id) else {
            throw Refusal(code: "invalidTaskUUID", message: "An id must be a UUID v4.", parameter: "taskUUID")
        }
        self.id = id
        switch type {
        case "accountManagement":
            guard value["operation"]?.string == "getDetails" else {
                throw Refusal(
                    code: "invalidOperation",
                    message: "Only getDetails is known.",
                    parameter: "operation",
                    id: id
                )
            }
            kind = .account
        case "getResponse": kind = .poll
        case "imageInference": kind = .picture(try Self.picture(value, id))
        default:
            throw Refusal(code: "unsupportedTaskType", message: "No such task.", parameter: "taskType", id: id)
        }
    }

    private static func isUUID4(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
            && groups[2].hasPrefix("4") && "89abAB".contains(groups[3].prefix(1))
    }

    private static let common: Set<String> = [
        "taskType", "taskUUID", "model", "positivePrompt", "width", "height", "numberResults", "outputType",
        "outputFormat", "outputQuality", "includeCost", "ttl", "uploadEndpoint", "webhookURL", "deliveryMethod",
        "safety", "routing", "advancedFeatures", "settings", "providerSettings", "inputs",
    ]
    private static let own: Set<String> = [
        "negativePrompt", "steps", "CFGScale", "scheduler", "seed", "lora", "controlNet", "seedImage", "maskImage",
        "strength", "referenceImages",
    ]

    /// What a model doesn't know is refused, as by the real one.
    private static func picture(_ value: JSONValue, _ id: String) throws(Refusal) -> Picture {
        func refuse(_ code: String, _ parameter: String, _ message: String) -> Refusal {
            Refusal(code: code, message: message, parameter: parameter, id: id)
        }
        guard let model = value["model"]?.string, model.hasPrefix("sim-") || model.contains(":") else {
            throw refuse("invalidModel", "model", "A model is an AIR identifier, such as runware:101@1.")
        }
        guard let prompt = value["positivePrompt"]?.string, (2...3_000).contains(prompt.count) else {
            throw refuse("invalidPositivePrompt", "positivePrompt", "A prompt has 2 to 3000 characters.")
        }
        let isOwn = ["runware:", "civitai:", "sim-"].contains(where: model.hasPrefix)
        for field in value.object ?? [] where !common.contains(field.name) && !(isOwn && own.contains(field.name)) {
            throw refuse("unsupportedParameter", field.name, "This model does not know this parameter.")
        }
        var sides: [Int] = []
        for name in ["width", "height"] {
            guard let side = value[name]?.int, (128...2_048).contains(side), side % 64 == 0 else {
                let code = "invalid" + name.prefix(1).uppercased() + name.dropFirst()
                throw refuse(code, name, "Must be a multiple of 64 between 128 and 2048.")
            }
            sides.append(Int(side))
        }
        var picture = Picture(model: model, prompt: prompt, width: sides[0], height: sides[1])
        try readForm(value, &picture, refuse)
        return picture
    }

    private static func readForm(
        _ value: JSONValue,
        _ picture: inout Picture,
        _ refuse: (String, String, String) -> Refusal
    ) throws(Refusal) {
        let count = value.optional("numberResults")?.int ?? 1
        guard (1...20).contains(count) else { throw refuse("invalidNumberResults", "numberResults", "1 to 20.") }
        picture.count = Int(count)
        guard let output = Output(rawValue: value.optional("outputType")?.string ?? "URL") else {
            throw refuse("invalidOutputType", "outputType", "URL, base64Data or dataURI.")
        }
        picture.output = output
        let types = ["JPG": PictureType.jpg, "PNG": .png, "WEBP": .webp]
        guard let type = types[value.optional("outputFormat")?.string ?? "JPG"] else {
            throw refuse("invalidOutputFormat", "outputFormat", "JPG, PNG or WEBP.")
        }
        picture.type = type
        let delivery = value.optional("deliveryMethod")?.string ?? "sync"
        guard ["sync", "async"].contains(delivery) else {
            throw refuse("invalidDeliveryMethod", "deliveryMethod", "sync or async.")
        }
        picture.isAsync = delivery == "async"
        picture.includesCost = value.optional("includeCost")?.bool ?? false
        picture.quality = Int(clamping: min(max(value.optional("outputQuality")?.int ?? 95, 20), 99))
        picture.seed = Int(clamping: min(max(value.optional("seed")?.int ?? 7, 1), 1 << 40))
    }
}
