import JSON

/// What the audit service keeps: usage, the call log, the audit trail.
extension Endpoint {
    private static let awayWord = "The audit service isn't connected."

    static let records: [Endpoint] =
        [
            Endpoint("GET /api/usage", .records, "The caller's tokens and cost by month, connector and model")
                .query("connector", .text, "A connector's id.")
                .recorded()
                .answers(200, "A page.", .json(.page(of: .ref("Usage")))),
            Endpoint(
                "GET /api/admin/usage",
                .records,
                "Everybody's tokens and cost by month, user, connector and model"
            )
            .details("These sums outlive the rows of the call log.")
            .query("connector", .text, "A connector's id.")
            .query("actor", .text, "A user's id.")
            .recorded()
            .answers(200, "A page.", .json(.page(of: .ref("Usage")))),
            Endpoint("GET /api/admin/audit", .records, "The audit trail, newest first")
                .filtersEvents().recorded()
                .answers(200, "A page.", .json(.page(of: .ref("AuditEvent"), .must("head", .text.orNull)))),
            Endpoint("GET /api/admin/calls", .records, "The call log, newest first")
                .details("Counts alone, never prompts or answers.")
                .filtersCalls().recorded()
                .answers(200, "A page.", .json(.page(of: .ref("LoggedCall")))),
        ]
        + ["csv", "jsonl"].flatMap { form in
            [
                Endpoint("GET /api/admin/audit.\(form)", .records, "The audit trail as \(title(form))")
                    .filtersEvents().file(form),
                Endpoint("GET /api/admin/calls.\(form)", .records, "The call log as \(title(form))")
                    .filtersCalls().file(form),
            ]
        } + [
            Endpoint("GET /api/admin/audit/conflict", .records, "What stands against the audit trail")
                .answers(200, "Nothing, or what is kept and what the trail says.", .json(.ref("AuditConflict"))),
            Endpoint(
                "POST /api/admin/audit/conflict/accept",
                .records,
                "Take a trail that was brought back from a backup"
            )
            .takes(.object(.must("head", .text.about("The `found` head of the conflict."))))
            .answers(200, "It is taken, on record.", .json(.object(.must("success", .only(true)))))
            .refuses(409, "There is no such conflict."),
        ]

    private static func title(_ form: String) -> String { form == "csv" ? "CSV" : "JSON lines" }

    private func filtersEvents() -> Endpoint {
        query("event_type", .text.like("connector.created"), "Events of that type.")
            .query("actor", .text, "What that user did.")
            .query("target", .text, "What was done to that id.")
    }

    private func filtersCalls() -> Endpoint {
        query("connector", .text, "A connector's id.")
            .query("purpose", .text.like("chat"), "What the calls were for.")
            .query("outcome", .text.like("ok"), "`ok`, `cancelled` or an error's code.")
            .query("actor", .text, "A user's id.")
    }

    private func recorded() -> Endpoint {
        query("days", .integer.from(1, to: 3_650), "Only of so many days.")
            .pages(1...500, or: 50)
            .refuses(400, "There is no filter of that name, or no such value.")
            .refuses(503, Self.awayWord)
    }

    private func file(_ form: String) -> Endpoint {
        query("days", .integer.from(1, to: 3_650), "Only of so many days.")
            .query("limit", .integer.from(1, to: AuditExport.rowCap), "Rows at most.")
            .query("cursor", .text, "Where the file before ended.")
            .answers(
                200,
                form == "csv"
                    ? "A file whose cells no spreadsheet takes for formulas."
                    : "A row in each line; where `limit` cut it short, a last one with `next_cursor`.",
                .file([form == "csv" ? "text/csv" : "application/x-ndjson"]),
                headers: ["x-martlet-row-cap"]
            )
            .refuses(400, "There is no filter of that name, or no such value.")
            .refuses(503, Self.awayWord)
    }
}
