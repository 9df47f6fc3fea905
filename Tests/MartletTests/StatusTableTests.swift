import JSON
import Testing

@testable import Martlet

/// How a status reads on a terminal; there are no colours where a test reads.
@Suite struct StatusTableTests {
    private let status: JSONValue = [
        "status": "degraded", "version": "0.1.0",
        "services": [
            [
                "service": "gateway", "instance": "g1", "version": "0.1.0", "state": "up", "seconds": 252, "queue": 3,
                "lag_seconds": 0.25, "resident_bytes": 27_400_000,
            ],
            [
                "service": "image-worker", "instance": "w1", "version": "0.2.0", "state": "away", "seconds": 8,
                "queue": 1, "details": ["credit": 1, "images": 2, "last_check_at": "2026"],
            ],
            [
                "service": "tap", "instance": nil, "version": nil, "state": "up", "seconds": 90_000,
                "details": ["watched": false],
            ],
        ],
        "queue": ["leased": 1, "queued": 2, "oldest_seconds": 75],
        "outbox": ["events": 4, "lag_seconds": 1.04],
        "storage": ["database_bytes": 1_234_567, "free_bytes": 40_000_000_000],
        "audit": ["head": "0123456789abcdef0123", "checkpoint_count": nil],
        "connectors": ["total": 3, "active": 2, "ok": 2, "down": 0, "auth_invalid": 1],
        "degraded": [["service": "image-worker", "what": "w1 is gone", "seconds": 8, "hint": "see its log"]],
    ]

    @Test func eachServiceHasALineWithItsFigures() {
        let lines = StatusTable(status, url: "http://h:1").lines
        #expect(lines[0] == "http://h:1  degraded  0.1.0")
        #expect(lines[2].hasPrefix("service       instance  version  state"))
        #expect(lines[3].split(separator: " ").joined(separator: " ") == "gateway g1 0.1.0 up 4m 12s 3 0.3 s 27 MB")
        #expect(lines[4].contains("away since 8s ago") && lines[4].hasSuffix("1 credit, 2 images"))
        #expect(!lines[4].contains("2026"))
        #expect(lines[5].contains("up 1d 1h") && lines[5].hasSuffix("not watched"))
        let columns = lines[2...5].map { line in line.count >= 24 ? String(line.dropFirst(14).prefix(8)) : "" }
        #expect(columns == ["instance", "g1      ", "w1      ", "–       "])
    }

    @Test func totalsAndTroublesFollow() {
        let text = StatusTable(status, url: "http://h:1").lines.joined(separator: "\n")
        for line in [
            "images      1 leased, 2 queued, oldest waiting 1m 15s", "outbox      4 events, 1.0 s behind",
            "storage     1.2 MB, 40 GB free", "audit       head 0123456789abcdef…, no checkpoint yet",
            "connectors  3: 2 active, 2 ok, 1 auth_invalid",
            "degraded\n  image-worker: w1 is gone, since 8s ago\n    see its log",
        ] {
            #expect(text.contains(line), "\(line)\nnot in\n\(text)")
        }
    }

    @Test func whoSeesLessIsShownThat() {
        let brief: JSONValue = ["status": "degraded", "degraded": ["no image worker is connected"]]
        #expect(
            StatusTable(brief, url: "u").lines == ["u  degraded", "", "degraded", "  no image worker is connected"]
        )
        #expect(StatusTable(["status": "ok", "degraded": []], url: "u").lines.last == "nothing is degraded")
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (26_000_000, "26 MB"), (9_900_000_000_000_000, "9900 TB"),
    ])
    func bytesHaveAUnit(_ bytes: Int, _ text: String) { #expect(StatusTable.bytes(JSONValue(Int64(bytes))) == text) }
}
