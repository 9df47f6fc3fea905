import Crypto
import Foundation
import JSON
import Support
import Testing

extension Clusters {
    /// Settings and templates make the pictures, and one stream tells of all of them.
    @Suite(.timeLimit(.minutes(3)))
    struct ImageSettingsTests {
        @Test func settingsAndTemplatesMakeThePicturesAndOneStreamTellsOfThemOverARestart() async throws {
            let rig = try await Rig(workers: 1, simulator: ["--image-ms", "1500"])
            try await store(rig)
            let before = follow(rig, last: 0)
            let first = try await submit(rig)
            try await first.wait(on: rig, "under settings")
            try await expectPictures(of: first, rig)
            try await expectPrompts(rig)
            let slow = try await Batch.submit(3, named: "slow", model: "gpt-image-1", to: rig)
            _ = try await rig.image(of: slow, "one is with the provider") { $0.isWithProvider }
            let gateway = try rig.service("gateway")
            gateway.signal(SIGTERM)
            try await gateway.gone(within: .seconds(20))
            var events = try await before.value
            let last = try #require(events.compactMap(\.id).last)
            try await rig.start("gateway")
            let after = follow(rig, last: last)
            try await slow.wait(on: rig, "over a restart")
            try await rig.stop()
            let rest = try await after.value
            #expect(rest.first?.id == last && rest.first?.name == nil)
            events += rest.dropFirst()
            let numbers = events.compactMap(\.id)
            #expect(numbers == Array(0...(numbers.last ?? 0)), "each once, none left out: \(numbers)")
            expectSteps(of: first, events)
            expectProgress(of: first, events)
            #expect(events.contains { $0.name == "done" && $0.job == slow.job })
            let audited = try await Rig.audited("image_template.changed", in: rig.data)
            #expect(audited == ["default": 1, "posters": 1])
        }

        // MARK: Making

        private func store(_ rig: Rig) async throws {
            let settings = "/api/images/settings"
            for (method, path, body) in [
                ("PUT", settings + "?scope=organisation", #"{"provider":"openai_apikey","image_type":"cartoon"}"#),
                (
                    "PUT", settings,
                    #"{"model":"sim-fast","image_format":"png","mobile_enabled":false,"sizes":{"featured":"512x512"}}"#
                ),
                (
                    "PUT", "/api/images/templates/default?scope=organisation",
                    #"{"text":"{post_title}: {image_prompt} as a {image_type}"}"#
                ),
                ("PUT", "/api/images/templates/posters", #"{"text":"A poster of {image_prompt}"}"#),
            ] {
                let answer = try await rig.call(method, path, body)
                #expect(answer.status == 200, "\(path): \(answer.text)")
            }
        }

        private func submit(_ rig: Rig) async throws -> Batch {
            let body = """
                {"images":[{"prompt":"a {post_title}","title":"One","kind":"featured"},{"prompt":" "},
                {"prompt":"c","title":"Three"},{"prompt":"d","kind":"mobile"},{"prompt":"e","title":"Five"}],
                "settings":{"max_in_article_images":1}}
                """
            let answer = try await rig.call("POST", "/api/images/jobs", body)
            let poster = try await rig.call(
                "POST",
                "/api/images/jobs",
                #"{"images":[{"prompt":"a pier"}],"template":"posters"}"#
            )
            try await Batch(accepted: poster, size: 1, named: "poster").wait(on: rig, "by a named template")
            return try Batch(accepted: answer, size: 2, named: "settled")
        }

        /// A stream over all jobs, read until the gateway ends it.
        private func follow(_ rig: Rig, last: Int) -> Task<[SeenEvent], any Error> {
            let address = Address(url: rig.url, key: rig.key)
            return Task {
                let headers = [("last-event-id", String(last))]
                let answer = try await address.call("GET", "/api/progress/stream", headers: headers)
                #expect(answer.status == 200)
                return SeenEvent.all(in: answer.text)
            }
        }

        // MARK: Looking

        private func expectPictures(of batch: Batch, _ rig: Rig) async throws {
            let state = try await rig.call("GET", "/api/images/jobs/\(batch.job)").json
            #expect(state["status"]?.string == "succeeded" && state["skipped"]?.int == 3, "\(state.written)")
            let codes = state["warnings"]?.array?.map { $0["code"]?.string }
            #expect(codes == ["no_prompt", "kind_disabled", "too_many_in_article"])
            let images = state["images"]?.array ?? []
            #expect(images.map { $0["kind"]?.string } == ["featured", "in_article"])
            #expect(images.map { $0["width"]?.int } == [512, 1_024])
            #expect(images.allSatisfy { $0["type"]?.string == "image/png" })
        }

        /// What the provider was asked for, as the simulator counted it.
        private func expectPrompts(_ rig: Rig) async throws {
            let seen = try await rig.simulatorStatistics()["prompts"]
            for prompt in [
                "One: a {post_title} as a cartoon", "Three: c as a cartoon", "A poster of a pier",
            ] {
                let name = Hex.encode(Digest.sha256(prompt).prefix(8))
                #expect(seen?[name]?.int == 1, "\(prompt)")
            }
        }

        private func expectSteps(of batch: Batch, _ events: [SeenEvent]) {
            let steps = events.filter { $0.name == "step" && $0.job == batch.job }.map(\.data)
            #expect(steps.count { $0["step"]?.string == "skipped" } == 3)
            let images = Set(steps.compactMap { $0["image_id"]?.string })
            #expect(images.count == 2)
            for image in images {
                let own = steps.filter { $0["image_id"]?.string == image }
                #expect(
                    own.compactMap { $0["step"]?.string } == [
                        "attempt", "accepted", "credentials_checked", "prompt_prepared", "image_attempt", "validating",
                        "converting", "saving", "saved", "done",
                    ]
                )
                let percents = own.compactMap { $0["percent"]?.double }
                #expect(percents == percents.sorted() && percents.last == 100)
            }
            let messages = steps.compactMap { $0["message"]?.string }
            for message in [
                "Attempt 1 of 5 at image 1 of 2 started", "Generating image 2 of 2", "Image 2 of 2 is done",
                "Image 2 skipped: it has no prompt.",
            ] {
                #expect(messages.contains(message), "\(messages)")
            }
        }

        private func expectProgress(of batch: Batch, _ events: [SeenEvent]) {
            let progress = events.filter { $0.name == "progress" && $0.job == batch.job }.map(\.data)
            let percents = progress.compactMap { $0["percent"]?.double }
            #expect(percents == percents.sorted() && percents.last == 100, "\(percents)")
            #expect(progress.contains { $0["message"]?.string == "Generating image 2 of 2" })
            #expect(progress.last?["generated"]?.int == 2 && progress.last?["phase"]?.string == "DONE")
        }

        /// An event of the stream; one without a name is an id alone.
        private struct SeenEvent {
            var id: Int?
            var name: String?
            var data = JSONValue.null

            var job: String? { data["job_id"]?.string }

            static func all(in text: String) -> [SeenEvent] {
                text.components(separatedBy: "\n\n").map { block in
                    var event = SeenEvent()
                    for line in block.split(separator: "\n") {
                        if line.hasPrefix("id: ") { event.id = Int(line.dropFirst(4)) }
                        if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                        if line.hasPrefix("data: ") {
                            event.data = (try? JSONValue(parsing: Array(line.dropFirst(6).utf8))) ?? .null
                        }
                    }
                    return event
                }
            }
        }
    }
}
