import JSON

/// Runware: pictures of many models through one address, to which an array of tasks is posted.
public struct RunwareAdapter: Adapter {
    /// `runware`.
    public let type = "runware"
    /// What people call it.
    public let displayName = "Runware"
    /// Pictures alone.
    public let capabilities: Capabilities
    /// The key.
    public let fields = [CredentialField("api_key", .key)]

    /// The adapter.
    public init() {
        var capabilities = Capabilities()
        capabilities.dialect = .none
        capabilities.streams = false
        capabilities.vision = false
        capabilities.tools = false
        capabilities.images = true
        capabilities.imageModel = "runware:101@1"
        capabilities.modelFamilies = ["runware:", "civitai:", "rundiffusion:"]
        capabilities.negativePrompt = true
        self.capabilities = capabilities
    }

    /// As ``healthRequest(_:)``: the catalogue itself holds hundreds of thousands of models.
    public func modelsRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try healthRequest(config)
    }

    /// The account's details: free, and checks the key.
    public func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config) { task in
            task.field("taskType", "accountManagement")
            task.field("taskUUID", TaskUUID.text(of: ["accountManagement"]))
            task.field("operation", "getDetails")
        }
    }

    /// `POST …/v1` with one task; the same address does everything.
    func request(
        _ config: ConnectorConfig,
        capacity: Int = 256,
        _ task: (inout JSONWriter) -> Void
    ) throws(ProviderError) -> OutgoingRequest {
        guard let key = config.credentials["api_key"] else {
            throw ProviderError(.configError, "The field api_key is required.", param: "api_key")
        }
        var base = (config.operatorURL ?? "https://api.runware.ai")[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        var writer = JSONWriter(capacity: capacity)
        writer.array { $0.object(task) }
        return OutgoingRequest(
            method: "POST",
            url: base + "/v1",
            headers: [
                ("accept", "application/json"), ("content-type", "application/json"),
                ("authorization", "Bearer " + key),
            ],
            body: writer.bytes,
            reach: config.operatorURL == nil ? .publicService : .operatorChoice
        )
    }
}
