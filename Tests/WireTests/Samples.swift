import JSON
import Wire

/// A message of every kind, always the same: what the golden frames are made of.
enum Samples {
    static let source = Source(service: "gateway", instance: "gateway-1", boot: "5f3a9c01")
    static let picture = [UInt8]("not really a picture".utf8)
    static let described = Attachment(
        name: "original",
        type: "image/webp",
        length: picture.count,
        sha256: String(repeating: "0a", count: 32)
    )

    static func header(_ kind: Kind) -> Envelope {
        Envelope(
            kind: kind,
            source: source,
            id: ULID(high: 0x0198_0000_0000_0001, low: 0x0123_4567_89AB_CDEF),
            sequence: 18_446_744_073_709_551_615,
            sentAt: 1_763_700_000_000_001,
            correlation: "job_01K0000000000000000000000A",
            causation: ULID(high: 1, low: 2),
            replyTo: ULID(high: .max, low: .max),
            trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ttlMs: 30_000,
            job: "img_01K0000000000000000000000B",
            attempt: 2,
            lease: "a91f-\"quoted\"-é",
            attachments: kind == .jobDone ? [described] : []
        )
    }

    static func message(_ body: some Body) throws(WireError) -> Message {
        let kind = type(of: body).kind
        return try Message(header: header(kind), body: body, attachments: kind == .jobDone ? [picture] : [])
    }

    static let spent = Spent(costUSD: 0.042, inputTokens: 120, outputTokens: 0, images: 1)

    static let bodies: [any Body] = service + jobs + results + control + audit

    private static let service: [any Body] = [
        Hello(
            instance: "worker-1",
            boot: "77aa",
            role: .imageWorker,
            version: "1.0.0",
            minor: 0,
            capabilities: ["resume"],
            slots: 4,
            holding: [Holding(job: "img_1", attempt: 1, lease: "l1", phase: "AI_CALL")],
            sealingKey: "cHVibGljLWtleQ=="
        ),
        Welcome(
            boot: "5f3a",
            session: "s1",
            heartbeatMs: 2_000,
            leaseMs: 30_000,
            minor: 0,
            keep: ["img_1"],
            drop: ["img_2"]
        ),
        Who(boot: "5f3a"),
        Heartbeat(load: 0.25, residentBytes: 26_214_400, queue: 3, tapDropped: 7, tickGapMs: 12, echo: "01K0"),
        Drain(reason: "term"),
        Bye(reason: "replaced"),
        ServiceError(code: "unknown_kind", detail: "an unknown kind", retryable: false, retryAfterMs: 1_000),
    ]

    private static let jobs: [any Body] = [
        JobCredit(total: 9_007_199_254_740_993),
        JobOffer(
            spec: JobSpec(
                batch: "job_1",
                index: 2,
                total: 5,
                connector: JobConnector(id: "con_1", type: "openai_compatible", baseURL: "https://images.example/v1"),
                model: "gpt-image-1",
                prompt: "A lighthouse at dawn, \"oil on canvas\"\nwide — élégant 😀",
                negativePrompt: "people",
                size: "1536x1024",
                quality: "high",
                imageType: "artistic",
                kind: "in_article",
                format: .webp,
                thumbnailPx: 320,
                idempotencyKey: "img_1"
            ),
            inputs: ["mask"],
            credential: "c2VhbGVkLWJveA==",
            leaseMs: 30_000,
            checkpoint: JobCheckpointState(phase: .submitted, providerReference: "task-9")
        ),
        JobAccept(),
        JobReject(reason: "full", retryAfterMs: 500),
        JobRelease(reason: "drain"),
        JobRenew(phase: .call),
        JobLease(leaseMs: 30_000, cancel: true, lost: false),
        JobStep(
            phase: .call,
            percent: 47.5,
            index: 2,
            total: 5,
            message: "Generating image 2 of 5",
            model: "gpt-image-1",
            variant: "high",
            frame: "image_attempt"
        ),
        JobCheckpoint(phase: .submitting, providerReference: "task-9", spent: spent),
        JobCheckpointed(),
        JobCancel(reason: "client"),
        JobCancelled(effect: .tooLate, spent: spent),
    ]

    private static let results: [any Body] = [
        JobDone(
            outputs: [
                JobOutput(
                    name: "original",
                    sha256: described.sha256,
                    type: described.type,
                    width: 1_536,
                    height: 1_024,
                    bytes: described.length
                )
            ],
            usage: spent,
            costUSD: 0.042,
            timing: JobTiming(prepareMs: 3, providerMs: 8_120, transformMs: 141, totalMs: 8_264)
        ),
        JobFailed(
            code: "provider_rejected",
            message: "The provider refused the prompt.",
            details: ["category": "violence"],
            providerCode: "moderation_blocked",
            providerRequestID: "req_1",
            retryable: false,
            retryAfterMs: 0,
            spent: spent
        ),
        JobSettled(),
    ]

    private static let item = ConnectorItem(
        id: "con_1",
        type: "openai_compatible",
        baseURL: "https://images.example/v1",
        intervalS: 21_600,
        revision: 4,
        status: "active"
    )

    private static let control: [any Body] = [
        ConnectorSnapshot(revision: 12, part: 1, parts: 1, connectors: [item]),
        ConnectorChanged(revision: 13, connectors: [item], removed: ["con_2"]),
        HealthRequest(connector: "con_1"),
        HealthCredential(
            connector: "con_1",
            type: "azure_openai",
            baseURL: "https://images.example/v1",
            credential: "c2VhbGVkLWJveA==",
            config: ["azure_deployment_name": "images"]
        ),
        HealthPing(connector: "con_1"),
        HealthStatus(
            connector: "con_1",
            outcome: "auth_invalid",
            latencyMs: 212,
            evidence: .active,
            since: 1_763_700_000_000_000,
            message: "The provider refused the key."
        ),
        HealthNoted(connector: "con_1"),
        HealthSignal(
            connector: "con_1",
            succeeded: 90,
            failed: 10,
            code: "timeout",
            latencyMs: 1_200,
            windowMs: 60_000
        ),
    ]

    private static let audit: [any Body] = [
        AuditAppend(
            stream: "st_1",
            first: 129,
            events: [
                AuditEvent(
                    id: "01K0000000000000000000000C",
                    at: 1_763_700_000_000_000,
                    auditClass: .security,
                    eventType: "connector.created",
                    actor: "usr_1",
                    targetType: "connector",
                    targetID: "con_1",
                    targetName: "My key",
                    notes: "created",
                    data: ["type": "openai_apikey"]
                )
            ]
        ),
        AuditAppended(stream: "st_1", upto: 129, head: "00ff"),
        AuditQuery(
            view: .audit,
            filter: AuditFilter(
                eventType: "connector.created",
                actor: "usr_1",
                target: "con_1",
                connector: "con_1",
                outcome: "ok",
                since: 1,
                until: 2
            ),
            cursor: "c",
            limit: 100
        ),
        AuditPage(rows: [["seq": "1", "event_type": "connector.created"]], nextCursor: "d", head: "00ff"),
        AuditGap(stream: "st_1", from: 5, to: 7, count: 3, cause: "shed"),
        AuditCheckpoint(
            count: 1_000,
            head: "00ff",
            at: 1_763_700_000_000_000,
            previous: "",
            signature: "0a0b",
            key: "0c0d"
        ),
        TapRecord(
            direction: .sent,
            link: "jobs",
            count: 41,
            dropped: 2,
            payloadBytes: 812,
            attachmentBytes: 0,
            header: Array(#"{"kind":"job.offer"}"#.utf8),
            payload: Array(#"{"lease_ms":30000,"_hidden":1}"#.utf8)
        ),
    ]
}
