import Audit
import Foundation
import HTTP
import JSON
import Pictures
import Support
import Testing

extension Clusters {
    /// The main job, from end to end: a streamed chat turn and four pictures made by two workers.
    @Suite(.timeLimit(.minutes(3)))
    struct MainJobTests {
        @Test func aChatStreamsFourPicturesAreMadeByTwoWorkersAndTheTrailProvesItself() async throws {
            let cluster = try await LiveCluster(workers: 2)
            try await chat(cluster)
            try await pictures(cluster)
            try await cluster.stop()
            #expect(cluster.exitStatus == 0)
            let verification = try Verify.file(cluster.data + "/audit.db")
            #expect(verification.isWhole, "\(verification)")
        }

        private func chat(_ cluster: LiveCluster) async throws {
            let answer = try await cluster.call(
                "POST",
                "/v1/chat/completions",
                #"{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"Hello there"}]}"#
            )
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"]?.hasPrefix("text/event-stream") == true)
            let events = answer.text.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: ") }
            #expect(events.count > 5)
            #expect(events.last == "data: [DONE]")
        }

        private func pictures(_ cluster: LiveCluster) async throws {
            let images = ["a red fox", "the ocean at night", "a mountain lake", "a city in the rain"]
                .map { #"{"prompt":"\#($0)","title":"\#($0)"}"# }.joined(separator: ",")
            let accepted = try await cluster.call("POST", "/api/images/jobs", #"{"images":[\#(images)]}"#)
            #expect(accepted.status == 202)
            let job = try #require(accepted.json["job_id"]?.string)
            let events = try await cluster.call("GET", "/api/images/jobs/\(job)/events")
            #expect(events.text.contains("event: image_attempt"))
            #expect(events.text.contains("event: done"))
            let state = try await cluster.call("GET", "/api/images/jobs/\(job)").json
            #expect(state["status"]?.string == "succeeded")
            #expect(state["generated"]?.int == 4)
            try Pictures.start()
            for image in state["images"]?.array ?? [] {
                let id = try #require(image["id"]?.string)
                let picture = try await cluster.call("GET", "/api/images/\(id)/content")
                #expect(picture.headers["content-type"] == "image/webp")
                let info = try Picture.inspect(picture.body)
                #expect(info.width == 1_024)
                let again = try await cluster.call(
                    "GET",
                    "/api/images/\(id)/content",
                    headers: [("if-none-match", picture.headers["etag"] ?? "")]
                )
                #expect(again.status == 304)
            }
            let resumed = try await cluster.call(
                "GET",
                "/api/images/jobs/\(job)/events",
                headers: [("last-event-id", "4")]
            )
            #expect(
                !resumed.text.contains("event: image_pending"),
                "numbered events before the last one aren't repeated"
            )
            #expect(resumed.text.contains("event: done"))
            let workers = ["image-worker-1", "image-worker-2"].map { cluster.text("data/logs/\($0).log") }
            #expect(workers.allSatisfy { !$0.isEmpty })
        }
    }
}
