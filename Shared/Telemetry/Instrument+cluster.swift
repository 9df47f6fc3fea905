extension Instrument {
    static let images = [
        queueOldest, queueImages, imageWorkers, imageSlots, imagesEnded, imageSeconds, imageLeases, imageRequeues,
        imageSettleSeconds, imageFailures,
    ]
    static let services = [
        serviceUp, serviceResident, serviceBusy, serviceQueue, serviceTapDropped, serviceTickGap,
    ]
    static let health = [connectors, healthChecks]
    static let bus = [
        busMessages, busLost, busExpired, busRefused, busUnsent, busSessions, busRoundTrip, tapWatched, tapRecords,
        tapDropped,
    ]

    /// How long the oldest image waits; an autoscaler goes by it.
    public static let queueOldest = Instrument(
        .gauge,
        "martlet_queue_oldest_seconds",
        "seconds",
        "How long the image has waited that waits longest for nothing but a worker."
    )
    /// Images that have not ended.
    public static let queueImages = Instrument(
        .gauge,
        "martlet_queue_images",
        "images",
        labels: ["state"],
        "Images that have not ended, by where they stand: waiting, or working (with a worker)."
    )
    /// Connected workers.
    public static let imageWorkers = Instrument(
        .gauge,
        "martlet_image_workers",
        "workers",
        "Image workers that are connected."
    )
    /// What they take at once.
    public static let imageSlots = Instrument(
        .gauge,
        "martlet_image_slots",
        "images",
        "Images that the connected workers make at a time."
    )
    /// Images by how they ended.
    public static let imagesEnded = Instrument(
        .counter,
        "martlet_images_total",
        "images",
        labels: ["outcome"],
        "Images that have ended: done, failed, or cancelled."
    )
    /// How long images took.
    public static let imageSeconds = Instrument(
        .histogram,
        "martlet_image_seconds",
        "seconds",
        "From an image's submission, or the gateway's start, to its end."
    )
    /// Attempts.
    public static let imageLeases = Instrument(
        .counter,
        "martlet_image_leases_total",
        "leases",
        "Leases given to workers; each is an attempt at one image."
    )
    /// Attempts that came to nothing.
    public static let imageRequeues = Instrument(
        .counter,
        "martlet_image_requeues_total",
        "images",
        labels: ["reason"],
        "Images that went back into the queue: retry after a failure, worker_lost or in_doubt after a crash, and so on."
    )
    /// From a picture's arrival to its settlement.
    public static let imageSettleSeconds = Instrument(
        .histogram,
        "martlet_image_settle_seconds",
        "seconds",
        "From a finished picture's arrival to the commit of its end."
    )
    /// Why images failed.
    public static let imageFailures = Instrument(
        .counter,
        "martlet_image_failures_total",
        "images",
        labels: ["code"],
        "Images that failed for good, by the error's code."
    )

    private static let whose = ["service", "instance"]

    /// Sessions.
    public static let serviceUp = Instrument(
        .gauge,
        "martlet_service_up",
        "services",
        labels: whose,
        "1 for the gateway and for each service in session with it."
    )
    /// Memory by heartbeat.
    public static let serviceResident = Instrument(
        .gauge,
        "martlet_service_resident_bytes",
        "bytes",
        labels: whose,
        "Resident memory, as the service's last heartbeat said."
    )
    /// Load by heartbeat.
    public static let serviceBusy = Instrument(
        .gauge,
        "martlet_service_busy_ratio",
        "0 to 1",
        labels: whose,
        "How much of its capacity the service uses, as its last heartbeat said."
    )
    /// Queue by heartbeat.
    public static let serviceQueue = Instrument(
        .gauge,
        "martlet_service_queue",
        "items",
        labels: whose,
        "Work that waits inside the service, as its last heartbeat said."
    )
    /// Tap drops by heartbeat.
    public static let serviceTapDropped = Instrument(
        .counter,
        "martlet_service_tap_dropped_total",
        "records",
        labels: whose,
        "Tap records that the service dropped since its start, as its last heartbeat said."
    )
    /// Stalls by heartbeat.
    public static let serviceTickGap = Instrument(
        .gauge,
        "martlet_service_tick_gap_seconds",
        "seconds",
        labels: whose,
        "The longest pause of the service's bus loop in the last minute, by its heartbeats: a loop or machine that stood still."
    )

    /// Connectors by state.
    public static let connectors = Instrument(
        .gauge,
        "martlet_connectors",
        "connectors",
        labels: ["type", "status", "health"],
        "Connectors by type, status, and what the last check found: ok, an error's code, unknown, or unchecked."
    )
    /// Checks by outcome.
    public static let healthChecks = Instrument(
        .counter,
        "martlet_health_checks_total",
        "checks",
        labels: ["type", "outcome"],
        "Results of connector checks, scheduled and asked for: ok, or the error's code."
    )

    /// Messages.
    public static let busMessages = Instrument(
        .counter,
        "martlet_bus_messages_total",
        "messages",
        labels: ["link", "direction"],
        "Messages between the gateway and other services, by link (jobs, control, audit) and direction (in, out)."
    )
    /// Lost messages.
    public static let busLost = Instrument(
        .counter,
        "martlet_bus_lost_total",
        "messages",
        labels: ["link"],
        "Messages that never arrived, seen by a gap in their sequence."
    )
    /// Late messages.
    public static let busExpired = Instrument(
        .counter,
        "martlet_bus_expired_total",
        "messages",
        labels: ["link"],
        "Messages that arrived after their time to live."
    )
    /// Refused messages.
    public static let busRefused = Instrument(
        .counter,
        "martlet_bus_refused_total",
        "messages",
        labels: ["link", "reason"],
        "Messages of peers that were refused or ignored, by reason; quarantined counts peers put aside for a minute."
    )
    /// Messages that stayed here.
    public static let busUnsent = Instrument(
        .counter,
        "martlet_bus_unsent_total",
        "messages",
        labels: ["link", "reason"],
        "Messages that could not be sent, by reason."
    )
    /// Sessions that began or ended.
    public static let busSessions = Instrument(
        .counter,
        "martlet_bus_sessions_total",
        "sessions",
        labels: ["link", "event"],
        "Sessions that began (up) or ended (why)."
    )
    /// Heartbeat round trips.
    public static let busRoundTrip = Instrument(
        .histogram,
        "martlet_bus_round_trip_seconds",
        "seconds",
        labels: ["link"],
        "From a heartbeat to its echo, on links that this process began."
    )
    /// Whether the tap listens.
    public static let tapWatched = Instrument(
        .gauge,
        "martlet_tap_watched",
        "0 or 1",
        "1 while a tap listens to the gateway's messages."
    )
    /// Records shown.
    public static let tapRecords = Instrument(
        .counter,
        "martlet_tap_records_total",
        "records",
        "Tap records sent to the hub."
    )
    /// Records dropped.
    public static let tapDropped = Instrument(
        .counter,
        "martlet_tap_dropped_total",
        "records",
        "Tap records dropped at their source."
    )
}
