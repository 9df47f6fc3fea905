extension Instrument {
    static let audit = [
        auditUp, auditHead, auditTrouble, auditCheckpoints, auditAppendSeconds, outboxEvents, outboxStalled,
        outboxShipped,
    ]
    static let storage = [
        commitSeconds, commitWriters, commitsFailed, storageFull, databaseBytes, diskFree,
    ]
    static let process = [
        buildInfo, processCPU, processResident, processVirtual, processOpenFiles, processMaxFiles, processStart,
    ]

    /// The link to the audit service.
    public static let auditUp = Instrument(
        .gauge,
        "martlet_audit_up",
        "0 or 1",
        "1 while the audit service is connected."
    )
    /// The trail's length.
    public static let auditHead = Instrument(
        .gauge,
        "martlet_audit_head_events",
        "events",
        "Events that the newest signed checkpoint of the audit trail covers."
    )
    /// Contradictions.
    public static let auditTrouble = Instrument(
        .gauge,
        "martlet_audit_trouble",
        "0 or 1",
        "1 once a checkpoint of the audit trail contradicted an earlier one: readiness says what."
    )
    /// Checkpoints by verdict.
    public static let auditCheckpoints = Instrument(
        .counter,
        "martlet_audit_checkpoints_total",
        "checkpoints",
        labels: ["verdict"],
        "Checkpoints of the audit trail that came, by what they said beside those kept."
    )
    /// Time to an acknowledgement.
    public static let auditAppendSeconds = Instrument(
        .histogram,
        "martlet_audit_append_seconds",
        "seconds",
        "From sending events to the audit service to their acknowledgement, commit included."
    )
    /// The outbox's depth.
    public static let outboxEvents = Instrument(
        .gauge,
        "martlet_outbox_events",
        "events",
        "Audit events and call log rows that the audit service has not acknowledged."
    )
    /// The outbox's lag.
    public static let outboxStalled = Instrument(
        .gauge,
        "martlet_outbox_stalled_seconds",
        "seconds",
        "How long events wait while none is acknowledged; 0 when none waits."
    )
    /// Events sent.
    public static let outboxShipped = Instrument(
        .counter,
        "martlet_outbox_shipped_total",
        "events",
        "Audit events sent to the audit service, resends included."
    )

    /// Time of a commit.
    public static let commitSeconds = Instrument(
        .histogram,
        "martlet_commit_seconds",
        "seconds",
        "A transaction of the gateway's database, from its first statement to the end of its fsync."
    )
    /// Writers of a commit.
    public static let commitWriters = Instrument(
        .histogram,
        "martlet_commit_writers",
        "writers",
        "How many writers shared a transaction."
    )
    /// Failed commits.
    public static let commitsFailed = Instrument(
        .counter,
        "martlet_commits_failed_total",
        "transactions",
        "Transactions that could not be committed."
    )
    /// No room.
    public static let storageFull = Instrument(
        .gauge,
        "martlet_storage_full",
        "0 or 1",
        "1 while the gateway's disk is full and nothing new is accepted."
    )
    /// The database's size.
    public static let databaseBytes = Instrument(
        .gauge,
        "martlet_database_bytes",
        "bytes",
        "The gateway's database with its write-ahead log."
    )
    /// Room left.
    public static let diskFree = Instrument(
        .gauge,
        "martlet_disk_free_bytes",
        "bytes",
        "Room left for the gateway on the file system of its data folder."
    )

    /// The build.
    public static let buildInfo = Instrument(
        .gauge,
        "martlet_build_info",
        "always 1",
        labels: ["version"],
        "The gateway's version."
    )
    /// Processor time.
    public static let processCPU = Instrument(
        .counter,
        "process_cpu_seconds_total",
        "seconds",
        "Processor time of the gateway, user and system."
    )
    /// Resident memory.
    public static let processResident = Instrument(
        .gauge,
        "process_resident_memory_bytes",
        "bytes",
        "Resident memory of the gateway."
    )
    /// Virtual memory.
    public static let processVirtual = Instrument(
        .gauge,
        "process_virtual_memory_bytes",
        "bytes",
        "Virtual memory of the gateway."
    )
    /// Open files.
    public static let processOpenFiles = Instrument(
        .gauge,
        "process_open_fds",
        "descriptors",
        "Descriptors that the gateway has open."
    )
    /// Most open files.
    public static let processMaxFiles = Instrument(
        .gauge,
        "process_max_fds",
        "descriptors",
        "Descriptors that the gateway may have open."
    )
    /// When it started.
    public static let processStart = Instrument(
        .gauge,
        "process_start_time_seconds",
        "seconds since 1970",
        "When the gateway started."
    )
}
