import JSON
import Testing
import Wire

@Suite struct RedactionTests {
    /// Not a keyed hash, but one whose result the tests can tell.
    private func redaction(_ prompts: Redaction.Prompts) -> Redaction {
        Redaction(prompts: prompts) { [UInt8($0.count & 0xFF), 0xAB] }
    }

    private func shown(_ payload: JSONValue, _ kind: Kind, _ prompts: Redaction.Prompts = .hash) throws -> JSONValue {
        try JSONValue(parsing: redaction(prompts).redact(payload.bytes, kind: kind))
    }

    @Test func promptsShowWhatTheOperatorChose() throws {
        let prompt = "é" + String(repeating: "x", count: 100)
        let payload: JSONValue = ["spec": ["prompt": .string(prompt)]]
        #expect(try shown(payload, .jobOffer, .none) == ["spec": ["prompt": ["len": 102]]])
        #expect(try shown(payload, .jobOffer) == ["spec": ["prompt": ["len": 102, "hash": "66ab"]]])
        let start = JSONValue.string(String(prompt.prefix(80)))
        #expect(
            try shown(payload, .jobOffer, .truncate) == [
                "spec": ["prompt": ["len": 102, "hash": "66ab", "text": start]]
            ]
        )
        #expect(try shown(payload, .jobOffer, .full) == payload)
    }

    @Test(arguments: Redaction.Prompts.allCases) func aSealedCredentialShowsItsLengthAlone(prompts: Redaction.Prompts)
        throws
    {
        #expect(try shown(["credential": "c2VhbGVk"], .jobOffer, prompts) == ["credential": ["sealed": 8]])
        #expect(
            try shown(["credential": ["api_key": "sk"]], .healthCredential, prompts) == ["credential": ["sealed": 16]]
        )
    }

    @Test func whatIsNotNamedIsHiddenAndCounted() throws {
        #expect(
            try shown(["reason": "term", "extra": "x", "more": [1]], .serviceBye) == ["reason": "term", "_hidden": 2]
        )
        #expect(try shown(["reason": ["nested": "x"]], .serviceBye) == ["_hidden": 1])
        #expect(try shown(["a": 1], Kind(rawValue: "x.y")) == ["_hidden": 1])
        #expect(try shown(["spec": "text instead"], .jobOffer) == ["_hidden": 1])
    }

    @Test func aBaseURLShowsItsOriginAlone() throws {
        for (url, origin) in [
            ("https://host.example:8443/v1/secret?key=secret#secret", "https://host.example:8443"),
            ("https://user:secret@host.example/", "https://host.example"),
            ("https://host.example?secret", "https://host.example"),
            ("secret", ""), ("http:secret", ""), ("//secret", ""), ("https://a@secret@b/", "https://b"),
        ] {
            #expect(try shown(["base_url": .string(url)], .healthCredential) == ["base_url": .string(origin)])
        }
    }

    @Test func whatCannotBeReadShowsItsLength() {
        let bytes = redaction(.full).redact(Array("{\"secret".utf8), kind: .jobOffer)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"_unreadable":8}"#)
    }

    @Test func longTextsAreCut() throws {
        let long = JSONValue.string(String(repeating: "é", count: 1_000))
        let text = try #require(try shown(["reason": long], .serviceBye)["reason"]?.string)
        #expect(text.utf8.count <= 260)
    }

    /// Every text of every kind's sample is marked in turn; only the members that are meant for show may show the mark.
    @Test func aCanaryInAnyMemberShowsOnlyWhereItMay() throws {
        let canary = "CANARY-7f3a"
        for body in Samples.bodies {
            let kind = type(of: body).kind
            if kind == .tapRecord { continue }
            let payload = try JSONValue(parsing: body.encoded())
            for (path, marked) in marks(payload, canary, "") {
                let text = String(decoding: redaction(.hash).redact(marked.bytes, kind: kind), as: UTF8.self)
                if text.contains(canary) {
                    #expect(!RedactionTests.private.contains("\(kind)\(path)"), "\(kind)\(path)")
                }
                let more = JSONValue.object((marked.object ?? []) + [JSONField("later-\(path)", .string(canary))])
                let unknown = try shown(more, kind)
                #expect(unknown["later-\(path)"] == nil)
            }
        }
    }

    /// What no tap may see in clear by default, by path.
    private static let `private`: Set<String> = [
        "job.offer.credential", "job.offer.spec.prompt", "job.offer.spec.negative_prompt", "job.failed.message",
        "job.failed.details.category", "health.status.message", "health.credential.credential",
        "health.credential.config.azure_deployment_name", "audit.append.events[].actor",
        "audit.append.events[].target_name", "audit.append.events[].notes", "audit.append.events[].data.type",
        "audit.query.filter.actor",
    ]

    @Test func everyPrivateMemberIsInASample() throws {
        var paths: Set<String> = []
        for body in Samples.bodies {
            paths.formUnion(marks(try JSONValue(parsing: body.encoded()), "x", "\(type(of: body).kind)").map(\.path))
        }
        #expect(RedactionTests.private.isSubset(of: paths))
    }

    @Test func jobStepsSpeakToTheUserInTheClear() throws {
        #expect(try shown(["message": "Generating image 2 of 5"], .jobStep) == ["message": "Generating image 2 of 5"])
    }

    /// The value with each of its texts replaced in turn, with the path of that text.
    private func marks(_ value: JSONValue, _ mark: String, _ path: String) -> [(path: String, value: JSONValue)] {
        switch value {
        case .string: return [(path, .string(mark))]
        case .array(let elements):
            return elements.indices.flatMap { index in
                marks(elements[index], mark, path + "[]").map { inner in
                    var changed = elements
                    changed[index] = inner.value
                    return (inner.path, .array(changed))
                }
            }
        case .object(let fields):
            return fields.indices.flatMap { index in
                marks(fields[index].value, mark, path + "." + fields[index].name).map { inner in
                    var changed = fields
                    changed[index].value = inner.value
                    return (inner.path, .object(changed))
                }
            }
        default: return []
        }
    }
}
