extension Setting {
    /// Every option, in the order in which `--help` shows them.
    public static let table: [Setting] = [
        data, http, adminKey, keys, jobs, control, audit, tapIn, tapOut, tapPrompts, instance, log, keepAlive, lease,
        healthInterval, slots, spool, ballast, outbox, prices, smtp, smtpAuthorities, traceUpstream, drain, healthFile,
        parent,
    ]

    /// Where a service keeps its files.
    public static let data = Setting(
        "MARTLET_DATA",
        .path,
        default: "./data",
        "Folder of the service's files; one process at a time may use it."
    )
    /// Where the gateway serves HTTP.
    public static let http = Setting(
        "MARTLET_HTTP",
        .hostPort,
        default: "127.0.0.1:8080",
        "Where the gateway serves HTTP; port 0 takes a free one."
    )
    /// The first admin's key.
    public static let adminKey = Setting(
        "MARTLET_ADMIN_KEY",
        .secret,
        "The first admin's API key; without it one is made and written to <data>/admin.key."
    )
    /// The CURVE keys' folder.
    public static let keys = Setting(
        "MARTLET_KEYS",
        .path,
        "Folder of the CURVE keys, one folder per role; <data>/keys when not set."
    )
    /// Where image workers meet the gateway.
    public static let jobs = Setting(
        "MARTLET_JOBS",
        .endpoint,
        default: "tcp://127.0.0.1:7601",
        "Where the gateway hands out image jobs."
    )
    /// Where the health monitor meets the gateway.
    public static let control = Setting(
        "MARTLET_CONTROL",
        .endpoint,
        default: "tcp://127.0.0.1:7603",
        "Where the gateway and the health monitor talk."
    )
    /// Where the audit service takes events.
    public static let audit = Setting(
        "MARTLET_AUDIT",
        .endpoint,
        default: "tcp://127.0.0.1:7611",
        "Where the audit service takes events and answers queries."
    )
    /// Where services publish to the tap.
    public static let tapIn = Setting(
        "MARTLET_TAP_IN",
        .endpoint,
        default: "tcp://127.0.0.1:7621",
        "Where services hand the tap hub copies of their messages."
    )
    /// Where taps listen.
    public static let tapOut = Setting(
        "MARTLET_TAP_OUT",
        .endpoint,
        default: "tcp://127.0.0.1:7622",
        "Where taps listen to the hub."
    )
    /// What a tap may see of prompts.
    public static let tapPrompts = Setting(
        "MARTLET_TAP_PROMPTS",
        .choice(["none", "hash", "truncate", "full"]),
        default: "hash",
        "What a tap shows of prompts and answers."
    )
    /// What this process is called.
    public static let instance = Setting(
        "MARTLET_INSTANCE",
        .text,
        "This process's name in messages and logs; <service>-<host> when not set."
    )
    /// The least level that is logged.
    public static let log = Setting(
        "MARTLET_LOG",
        .choice(["debug", "info", "warning", "error"]),
        default: "info",
        "The least level that is logged, as JSON lines on standard error."
    )
    /// How often a quiet event stream says that it lives.
    public static let keepAlive = Setting(
        "MARTLET_KEEPALIVE_S",
        .number(1...300),
        unit: "seconds",
        default: "15",
        "How often a quiet event stream sends a comment, so that no proxy gives it up."
    )
    /// How long a worker may keep an image without a sign of life.
    public static let lease = Setting(
        "MARTLET_LEASE_MS",
        .number(500...600_000),
        unit: "milliseconds",
        default: "15000",
        "How long an image job stays with a worker that gives no sign of life."
    )
    /// How often a connector is checked.
    public static let healthInterval = Setting(
        "MARTLET_HEALTH_INTERVAL_HOURS",
        .number(1...168),
        unit: "hours",
        default: "6",
        "How often each connector is checked, give or take three tenths."
    )
    /// How many images a worker makes at a time.
    public static let slots = Setting(
        "MARTLET_SLOTS",
        .number(1...64),
        unit: "images",
        default: "1",
        "How many images one image worker makes at a time."
    )
    /// How much a worker keeps that the gateway does not have yet.
    public static let spool = Setting(
        "MARTLET_SPOOL_MB",
        .number(16...1_048_576),
        unit: "MiB",
        default: "512",
        "How much an image worker keeps on disk for a gateway that is away; past it no new images are taken."
    )
    /// Room that is kept for what was promised.
    public static let ballast = Setting(
        "MARTLET_BALLAST_MB",
        .number(0...65_536),
        unit: "MiB",
        default: "64",
        "Room on the gateway's disk that is kept for images under way; it is given to them when the disk is full."
    )
    /// How many audit events may wait.
    public static let outbox = Setting(
        "MARTLET_OUTBOX_EVENTS",
        .number(100...10_000_000),
        unit: "events",
        default: "200000",
        "How many audit events wait for the audit service at most; past it what would make one is refused."
    )
    /// The operator's own prices.
    public static let prices = Setting(
        "MARTLET_PRICES",
        .path,
        "A price table in the form of Shared/Providers/Prices/prices.json, whose rows replace the built-in ones."
    )
    /// Where mail goes.
    public static let smtp = Setting(
        "MARTLET_SMTP_URL",
        .secret,
        "smtp://user:password@host:port (STARTTLS; no password leaves the machine without it) or smtps://…, for notices"
            + " to owners; without it they are logged."
    )
    /// Who may sign the mail server's certificate.
    public static let smtpAuthorities = Setting(
        "MARTLET_SMTP_CA",
        .path,
        "A PEM file with the authorities of the mail server's certificate, in the place of the system's."
    )
    /// Whether providers are told trace ids.
    public static let traceUpstream = Setting(
        "MARTLET_TRACE_UPSTREAM",
        .choice(["true", "false"]),
        default: "true",
        "Whether calls to providers carry traceparent, and the caller's tracestate with it."
    )
    /// How long a stop may take.
    public static let drain = Setting(
        "MARTLET_DRAIN_S",
        .number(0...600),
        unit: "seconds",
        default: "20",
        "How long a service finishes its work after the first SIGTERM or SIGINT."
    )
    /// Where this process shows that it lives.
    public static let healthFile = Setting(
        "MARTLET_HEALTH_FILE",
        .path,
        "A file that the service renews every 2 seconds while it works; --health and --alive judge it."
    )
    /// Whose death ends this process.
    public static let parent = Setting(
        "MARTLET_PARENT",
        .number(1...Int(Int32.max)),
        unit: "(a pid)",
        "The process that started this one; when it dies, this one stops. Set by martlet up."
    )

    /// The variables with a provider's key, by connector type.
    public static let providerKeys: [(type: String, name: String)] = [
        ("openai_apikey", "OPENAI_API_KEY"),
        ("anthropic_apikey", "ANTHROPIC_API_KEY"),
        ("gemini_apikey", "GEMINI_API_KEY"),
        ("openrouter_apikey", "OPENROUTER_API_KEY"),
        ("xai_apikey", "XAI_API_KEY"),
        ("runware", "RUNWARE_API_KEY"),
    ]

    /// What the variables begin with that replace a provider type's address.
    public static let upstreamPrefix = "MARTLET_UPSTREAM_"
}
