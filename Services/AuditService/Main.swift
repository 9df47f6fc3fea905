import Service

@main
struct Main {
    static func main() {
        Launch.run(
            "audit-service",
            summary: "Keeps the hash-chained audit trail and the call log, and answers queries about them.",
            AuditService.start
        )
    }
}
