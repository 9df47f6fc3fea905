import JSON
import Support

/// A batch of images that a cluster acknowledged: the promise that invariants are held against.
struct Batch {
    let job: String
    let size: Int
    private let body: String
    private let key: String

    /// Submits it; the gateway's 202 is the acknowledgement.
    ///
    /// - Parameters:
    ///   - name: part of every prompt, and the idempotency key.
    ///   - model: one of the simulator's, such as `sim-slow-image`; nil takes the connector's own.
    ///   - title: the beginning of every title; the name when not given.
    static func submit(
        _ size: Int,
        named name: String,
        model: String? = nil,
        title: String? = nil,
        to cluster: some GatewayCalls
    ) async throws -> Batch {
        let title = title ?? name
        let images = (1...size).map { #"{"prompt":"picture \#($0) of \#(name)","title":"\#(title) \#($0)"}"# }
        let settings = model.map { #""model":"\#($0)","# } ?? ""
        let body = #"{\#(settings)"images":[\#(images.joined(separator: ","))]}"#
        return try Batch(accepted: try await post(body, name, to: cluster), size: size, named: name, body: body)
    }

    /// The batch that an answer acknowledges.
    init(accepted answer: Answer, size: Int, named name: String, body: String = "") throws {
        guard answer.status == 202, let job = answer.json["job_id"]?.string else {
            throw NeverHappened(description: "\(name) was not accepted: \(answer.status) \(answer.text)")
        }
        self.job = job
        self.size = size
        self.body = body
        key = name
    }

    private static func post(_ body: String, _ key: String, to cluster: some GatewayCalls) async throws -> Answer {
        try await cluster.call("POST", "/api/images/jobs", body, headers: [("idempotency-key", key)])
    }

    /// Submits the same once more: whoever doubts whether it arrived gets the same job.
    func submitAgain(to cluster: some GatewayCalls) async throws -> String? {
        try await Self.post(body, key, to: cluster).json["job_id"]?.string
    }

    /// How many of its images have ended, well or not; nil when the gateway doesn't say.
    func ended(on cluster: some GatewayCalls) async -> Int? {
        guard let state = try? await cluster.call("GET", "/api/images/jobs/\(job)").json else { return nil }
        let final: Set = ["generated", "failed", "cancelled"]
        return state["images"]?.array?.count { final.contains($0["status"]?.string ?? "") }
    }

    /// Waits until so many have ended; all of them without a count.
    func wait(
        for count: Int? = nil,
        on cluster: some GatewayCalls,
        within limit: Duration = .seconds(90),
        _ why: String
    )
        async throws
    {
        let wanted = count ?? size
        try await eventually("\(wanted) of \(size) images of \(key) have ended: \(why)", within: limit) {
            await self.ended(on: cluster) ?? 0 >= wanted
        }
    }
}
