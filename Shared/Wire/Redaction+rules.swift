extension Redaction {
    /// The allow-list. A text that people outside the cluster wrote is `content`; a text that may hold a secret isn't in it.
    static let shown: [Kind: [String: Rule]] = [
        .serviceHello: [
            "instance": .shown, "boot": .shown, "role": .shown, "version": .shown, "minor": .shown,
            "capabilities": .each(.shown), "slots": .shown, "sealing_key": .shown,
            "holding": .each(.object(["job": .shown, "attempt": .shown, "lease": .shown, "phase": .shown])),
        ],
        .serviceWelcome: [
            "boot": .shown, "session": .shown, "heartbeat_ms": .shown, "lease_ms": .shown, "minor": .shown,
            "keep": .each(.shown), "drop": .each(.shown), "instance": .shown, "version": .shown,
        ],
        .serviceWho: ["boot": .shown],
        .serviceHeartbeat: [
            "load": .shown, "resident_bytes": .shown, "queue": .shown, "tap_dropped": .shown, "tick_gap_ms": .shown,
            "echo": .shown,
            "facts": .object([
                "slots": .shown, "busy": .shown, "spool_full": .shown, "connectors": .shown, "overdue": .shown,
                "checking": .shown, "last_check_at": .shown, "events": .shown, "checkpoint_count": .shown,
                "checkpoint_at": .shown,
            ]),
        ],
        .serviceDrain: ["reason": .shown],
        .serviceBye: ["reason": .shown],
        .serviceError: ["code": .shown, "detail": .shown, "retryable": .shown, "retry_after_ms": .shown],

        .jobCredit: ["total": .shown],
        .jobOffer: [
            "spec": .object(spec), "inputs": .each(.shown), "credential": .sealed, "lease_ms": .shown,
            "checkpoint": .object(["phase": .shown, "provider_reference": .shown]), "trace_state": .content,
        ],
        .jobReject: ["reason": .shown, "retry_after_ms": .shown],
        .jobRelease: ["reason": .shown],
        .jobRenew: ["phase": .shown],
        .jobLease: ["lease_ms": .shown, "cancel": .shown, "lost": .shown],
        .jobStep: [
            "phase": .shown, "percent": .shown, "index": .shown, "total": .shown, "message": .shown, "model": .shown,
            "variant": .shown, "frame": .shown,
        ],
        .jobCheckpoint: ["phase": .shown, "provider_reference": .shown, "spent": .object(spent)],
        .jobCancel: ["reason": .shown],
        .jobCancelled: ["effect": .shown, "spent": .object(spent)],
        .jobDone: [
            "outputs": .each(
                .object([
                    "name": .shown, "sha256": .shown, "type": .shown, "width": .shown, "height": .shown,
                    "bytes": .shown,
                ])
            ),
            "usage": .object(spent), "cost_usd": .shown,
            "timing": .object([
                "prepare_ms": .shown, "provider_ms": .shown, "transform_ms": .shown, "total_ms": .shown,
            ]),
        ],
        .jobFailed: [
            "code": .shown, "message": .content, "details": .content, "provider_code": .shown,
            "provider_request_id": .shown, "retryable": .shown, "retry_after_ms": .shown, "spent": .object(spent),
        ],

        .connectorSnapshot: [
            "revision": .shown, "part": .shown, "parts": .shown, "connectors": .each(.object(connector)),
        ],
        .connectorChanged: [
            "revision": .shown, "connectors": .each(.object(connector)), "removed": .each(.shown),
        ],
        .healthRequest: ["connector": .shown],
        .healthCredential: [
            "connector": .shown, "type": .shown, "base_url": .origin, "credential": .sealed, "revision": .shown,
        ],
        .healthPing: ["connector": .shown],
        .healthStatus: [
            "connector": .shown, "outcome": .shown, "latency_ms": .shown, "evidence": .shown, "since": .shown,
            "message": .content, "revision": .shown,
        ],
        .healthNoted: ["connector": .shown],
        .healthSignal: [
            "connector": .shown, "succeeded": .shown, "failed": .shown, "code": .shown, "latency_ms": .shown,
            "window_ms": .shown,
        ],

        .auditAppend: ["stream": .shown, "first": .shown, "events": .each(.object(event))],
        .auditAppended: ["stream": .shown, "upto": .shown, "head": .shown],
        .auditQuery: [
            "view": .shown, "cursor": .shown, "limit": .shown,
            "filter": .object([
                "event_type": .shown, "actor": .content, "target": .shown, "connector": .shown, "purpose": .shown,
                "outcome": .shown,
                "since": .shown, "until": .shown,
            ]),
        ],
        .auditPage: ["rows": .each(.object(event)), "next_cursor": .shown, "head": .shown],
        .auditCheckpoint: [
            "count": .shown, "head": .shown, "at": .shown, "previous": .shown, "signature": .shown, "key": .shown,
        ],
        .auditGap: ["stream": .shown, "from": .shown, "to": .shown, "count": .shown, "cause": .shown],
    ]

    private static let spec: [String: Rule] = [
        "batch": .shown, "index": .shown, "total": .shown,
        "connector": .object(["id": .shown, "type": .shown, "base_url": .origin]),
        "model": .shown, "prompt": .content, "negative_prompt": .content, "size": .shown, "quality": .shown,
        "image_type": .shown, "kind": .shown, "format": .shown, "thumbnail_px": .shown, "idempotency_key": .shown,
    ]

    private static let spent: [String: Rule] = [
        "cost_usd": .shown, "input_tokens": .shown, "output_tokens": .shown, "images": .shown,
    ]

    private static let connector: [String: Rule] = [
        "id": .shown, "type": .shown, "base_url": .origin, "interval_s": .shown, "revision": .shown, "status": .shown,
        "checked_ago_s": .shown, "paid_ago_s": .each(.shown),
    ]

    private static let event: [String: Rule] = [
        "id": .shown, "at": .shown, "class": .shown, "event_type": .shown, "actor": .content, "target_type": .shown,
        "target_id": .shown, "target_name": .content, "notes": .content,
    ]
}
