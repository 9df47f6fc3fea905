import Testing

@testable import Tap

struct FilterTests {
    private func matches(_ terms: [String], _ sighting: Sighting, latency: Duration? = nil) throws -> Bool {
        try Filter(terms).matches(sighting, latency: latency)
    }

    @Test func aStarStandsForAnyRunAndAQuestionMarkForOneCharacter() {
        for (pattern, text, fits) in [
            ("job.*", "job.offer", true), ("job.*", "job.", true), ("job.*", "audit.append", false),
            ("*", "", true), ("", "", true), ("", "a", false), ("*.done", "job.done", true),
            ("*d*e", "job.done", true), ("job.?one", "job.done", true), ("job.?", "job.done", false),
            ("a*b*c", "aXbXbXc", true), ("a*b*c", "aXbXb", false), ("**x**", "x", true),
        ] {
            #expect(Glob(pattern).matches(text) == fits, "\(pattern) on \(text)")
        }
    }

    @Test func aLongPatternOfStarsEndsInGoodTime() {
        #expect(!Glob(String(repeating: "*a", count: 60)).matches(String(repeating: "a", count: 59) + "b"))
    }

    @Test func withoutTermsEverythingIsShown() throws {
        #expect(try matches([], sighting()))
    }

    @Test func everyTermMustHold() throws {
        #expect(try matches(["kind=job.*", "source=gateway"], sighting()))
        #expect(try !matches(["kind=job.*", "source=image-worker"], sighting()))
    }

    @Test func aCommaMeansOrAndAnExclamationMarkNot() throws {
        #expect(try matches(["kind=audit.*,job.offer"], sighting()))
        #expect(try !matches(["kind!=audit.*,job.offer"], sighting()))
        #expect(try matches(["kind!=audit.*"], sighting()))
    }

    @Test func aSourceIsAServiceOrWithASlashAnInstance() throws {
        let worker = sighting(kind: "job.accept", service: "image-worker", instance: "w2")
        for (source, fits) in [
            ("image-worker", true), ("image-worker/*", true), ("image-worker/w2", true), ("image-worker/w1", false),
            ("*/w2", true), ("w2", false), ("gateway", false), ("image*", true),
        ] {
            #expect(try matches(["source=\(source)"], worker) == fits, "\(source)")
        }
    }

    @Test func anIDIsFoundByItsEndButNotByLessThanFourCharacters() throws {
        let job = sighting { $0.header.job = "img_01JD3VXKQ7F3KQ2A" }
        #expect(try matches(["job=img_01JD3VXKQ7F3KQ2A"], job))
        #expect(try matches(["job=KQ2A"], job))
        #expect(try !matches(["job=Q2A"], job))
        #expect(try matches(["job=*Q2A"], job))
        #expect(try !matches(["job=*"], sighting()))
        #expect(try matches(["job!=KQ2A"], sighting()))
    }

    @Test func sizesAndTimesCompare() throws {
        let big = sighting {
            $0.attachmentBytes = 2 << 20
            $0.attachmentCount = 1
            $0.header.timeToLive = .milliseconds(400)
        }
        #expect(try matches(["size>1M", "attachments>=2M", "payload<=100", "ttl<500ms"], big))
        #expect(try !matches(["size>3M"], big))
        #expect(try !matches(["payload>100"], big))
        #expect(try matches(["latency>80ms"], big, latency: .milliseconds(81)))
        #expect(try !matches(["latency>80ms"], big, latency: .milliseconds(80)))
    }

    @Test func whatIsNotKnownIsNeitherLargerNorSmaller() throws {
        #expect(try !matches(["latency>0"], sighting()))
        #expect(try !matches(["latency<1h"], sighting()))
        #expect(try !matches(["ttl<1h"], sighting()))
    }

    @Test func errorsAreKnownByTheirKind() throws {
        #expect(try matches(["error"], sighting(kind: "job.failed")))
        #expect(try matches(["!error"], sighting(kind: "job.done")))
        #expect(try !matches(["error"], sighting(kind: "job.done")))
    }

    @Test func aWrongTermSaysWhatToWriteInstead() {
        for term in [
            "", "kind", "kind=", "kind=a,,b", "nonsense=1", "size=3", "size>", "size>big", "latency>1parsec",
            "kind>3", "=x", "size>-1", "size>1e3", "size>1.", "size>99999999999999999999999", "ttl<inf",
        ] {
            #expect(throws: UsageError.self, "\(term)") { try Filter([term]) }
        }
        #expect(throws: UsageError("'size>big': 'big' is not a size such as 64k")) { try Filter(["size>big"]) }
    }

    // MARK: Topics

    private func topics(_ terms: [String], payloads: Bool = false, both: Bool = false) throws -> [String] {
        let services = ["gateway", "image-worker"]
        return try Filter(terms).topics(payloads: payloads, bothDirections: both, services: services)
    }

    @Test func withoutTermsOneTopicTakesAll() throws {
        #expect(try topics([]) == ["h."])
        #expect(try topics([], payloads: true) == ["p."])
        #expect(try topics(["kind!=job.*", "error", "size>1k"]) == ["h."])
    }

    @Test func kindsAndSourcesNarrowWhatTravels() throws {
        #expect(try topics(["kind=job.*"]) == ["h.gateway.job.", "h.image-worker.job."])
        #expect(try topics(["source=gateway"]) == ["h.gateway."])
        #expect(
            try topics(["source=gateway/*", "kind=job.do?e,audit.append"]) == [
                "h.gateway.audit.append", "h.gateway.job.do",
            ]
        )
        #expect(try topics(["kind=*.done"]) == ["h."])
        #expect(try topics(["kind=*.done,job.*"]) == ["h."])
    }

    @Test func aReceiversRecordIsNotNarrowedByItsSender() throws {
        #expect(try topics(["source=gateway"], both: true) == ["h."])
        #expect(try topics(["source=gateway", "kind=job.*"], both: true) == ["h.gateway.job.", "h.image-worker.job."])
    }

    @Test func aFilterOnLatencyTakesTheRequestsAsWell() throws {
        #expect(try topics(["latency>1s", "kind=job.settled"]) == ["h."])
    }

    /// Whatever the terms, a record that they match has a topic among those subscribed to.
    @Test(arguments: [
        ["kind=job.*"], ["source=image*"], ["source=*/w?"], ["kind=job.?ffer", "source=gateway,image-worker/*"],
        ["kind=job.offer"], ["source=gateway"], ["job=0001"], ["kind=*offer", "source=gateway/g1"],
    ])
    func whatMatchesIsSubscribedTo(_ terms: [String]) throws {
        for (service, instance) in [("gateway", "g1"), ("image-worker", "w2")] {
            let seen = sighting(service: service, instance: instance) { $0.header.job = "img_0001" }
            guard try matches(terms, seen) else { continue }
            #expect(try topics(terms).contains { seen.topic.hasPrefix($0) }, "\(terms) \(seen.topic)")
        }
    }
}
