enum AuditTestsPlaceholder {}
