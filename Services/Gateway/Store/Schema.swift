import SQLite
import Service

/// `gateway.db`: every table, in the order in which the versions came. A step that was released is never edited.
enum Schema {
    static var migrations: Migrations {
        Migrations([
            .sql("users, keys, connectors", people),
            .sql("image jobs", images),
            Outbox.schema,
            AuditWitness.schema,
            .sql("connector revisions, paid checks", checks),
            LetterStore.schema,
            .sql("traces of image jobs", traces),
            .sql("receipts of image jobs", "ALTER TABLE image_jobs ADD COLUMN receipt TEXT"),
            AuditWitness.conflictSchema,
            CapStore.schema,
            .sql("costs of attempts", costs),
            PinStore.schema,
            PolicyStore.schema,
            .sql("image settings and templates", ImageSettingsStore.schema),
            .sql("places of job events", JobStore.placesSchema),
        ])
    }

    private static let people = """
        CREATE TABLE users (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
            email TEXT,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE keys (
            id TEXT PRIMARY KEY,
            user TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE,
            tail TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE connectors (
            id TEXT PRIMARY KEY,
            owner TEXT REFERENCES users(id) ON DELETE CASCADE,
            display_name TEXT NOT NULL,
            type TEXT NOT NULL,
            model_hint TEXT,
            base_url TEXT,
            credentials BLOB NOT NULL,
            status TEXT NOT NULL,
            is_default INTEGER NOT NULL,
            image_concurrency INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            last_used_at INTEGER,
            last_health_check_at INTEGER,
            last_health_check_status TEXT
        ) STRICT;
        CREATE UNIQUE INDEX connectors_by_name ON connectors (ifnull(owner, ''), display_name);
        """

    private static let checks = """
        ALTER TABLE connectors ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE connectors ADD COLUMN configured_at INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE paid_checks (
            connector TEXT NOT NULL REFERENCES connectors(id) ON DELETE CASCADE,
            at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX paid_checks_by_connector ON paid_checks (connector, at);
        """

    private static let images = """
        CREATE TABLE image_jobs (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL,
            idempotency_key TEXT,
            body_hash BLOB NOT NULL,
            connector TEXT NOT NULL,
            concurrency INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            finished_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX image_jobs_by_idempotency ON image_jobs (owner, idempotency_key)
            WHERE idempotency_key IS NOT NULL;
        CREATE INDEX image_jobs_by_owner ON image_jobs (owner, id);
        CREATE TABLE images (
            id TEXT PRIMARY KEY,
            job TEXT NOT NULL REFERENCES image_jobs(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            title TEXT NOT NULL,
            kind TEXT NOT NULL,
            spec BLOB NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'failed', 'cancelled')),
            attempt INTEGER NOT NULL DEFAULT 0,
            crashes INTEGER NOT NULL DEFAULT 0,
            submissions INTEGER NOT NULL DEFAULT 0,
            lease TEXT,
            worker TEXT,
            boot TEXT,
            checkpoint TEXT,
            provider_reference TEXT,
            cancel_requested INTEGER NOT NULL DEFAULT 0,
            sha256 TEXT, type TEXT, width INTEGER, height INTEGER, bytes INTEGER, thumb_sha256 TEXT, thumb_type TEXT,
            cost_usd REAL,
            error BLOB,
            finished_at INTEGER
        ) STRICT;
        CREATE INDEX images_by_job ON images (job, position);
        CREATE INDEX images_open ON images (state) WHERE state IN ('queued', 'leased');
        CREATE TABLE job_events (
            job TEXT NOT NULL REFERENCES image_jobs(id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            name TEXT NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (job, seq)
        ) STRICT, WITHOUT ROWID;
        """

    /// The `traceparent` of the request that handed the job in, and the `tracestate` that came with it.
    private static let traces = """
        ALTER TABLE image_jobs ADD COLUMN trace TEXT;
        ALTER TABLE image_jobs ADD COLUMN trace_state TEXT;
        """

    /// What each attempt at an image cost; an image's own cost is their sum.
    private static let costs = """
        CREATE TABLE image_costs (
            image TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
            lease TEXT NOT NULL,
            cost_usd REAL NOT NULL,
            PRIMARY KEY (image, lease)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO image_costs SELECT id, 'earlier', cost_usd FROM images WHERE cost_usd IS NOT NULL;
        """
}
