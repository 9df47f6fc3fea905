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
, revision INTEGER NOT NULL DEFAULT 1, configured_at INTEGER NOT NULL DEFAULT 0, monthly_token_cap INTEGER) STRICT;
CREATE UNIQUE INDEX connectors_by_name ON connectors (ifnull(owner, ''), display_name);
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
, trace TEXT, trace_state TEXT, receipt TEXT, warnings BLOB) STRICT;
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
    data BLOB NOT NULL, owner TEXT, place INTEGER,
    PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE outbox_meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE audit_checkpoint(
    count INTEGER PRIMARY KEY, head BLOB NOT NULL, at INTEGER NOT NULL,
    previous BLOB NOT NULL, signature BLOB NOT NULL, key BLOB NOT NULL
) STRICT;
CREATE TABLE paid_checks (
    connector TEXT NOT NULL REFERENCES connectors(id) ON DELETE CASCADE,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX paid_checks_by_connector ON paid_checks (connector, at);
CREATE TABLE letters (
    id TEXT PRIMARY KEY,
    connector TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX letters_by_due ON letters (due_at, id);
CREATE TABLE audit_conflict(
    id INTEGER PRIMARY KEY CHECK (id = 1), lowest INTEGER NOT NULL, verdict TEXT NOT NULL,
    count INTEGER NOT NULL, head BLOB NOT NULL, at INTEGER NOT NULL,
    previous BLOB NOT NULL, signature BLOB NOT NULL, key BLOB NOT NULL
) STRICT;
CREATE TABLE token_usage (
    connector TEXT NOT NULL REFERENCES connectors(id) ON DELETE CASCADE,
    month INTEGER NOT NULL,
    tokens INTEGER NOT NULL DEFAULT 0,
    covered INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (connector, month)
) STRICT, WITHOUT ROWID;
CREATE TABLE image_costs (
    image TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
    lease TEXT NOT NULL,
    cost_usd REAL NOT NULL,
    PRIMARY KEY (image, lease)
) STRICT, WITHOUT ROWID;
CREATE TABLE pins (
    user TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    feature TEXT NOT NULL,
    connector TEXT NOT NULL REFERENCES connectors(id) ON DELETE CASCADE,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (user, feature)
) STRICT, WITHOUT ROWID;
CREATE INDEX pins_by_connector ON pins (connector);
CREATE TABLE policy (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    allows_keys INTEGER NOT NULL,
    allows_addresses INTEGER NOT NULL,
    retention_days INTEGER NOT NULL
) STRICT;
CREATE TABLE image_settings (
    owner TEXT REFERENCES users(id) ON DELETE CASCADE,
    settings BLOB NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX image_settings_by_owner ON image_settings (ifnull(owner, ''));
CREATE TABLE image_templates (
    owner TEXT REFERENCES users(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    negative_prompt TEXT,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX image_templates_by_name ON image_templates (ifnull(owner, ''), name);
CREATE INDEX job_events_by_owner ON job_events (owner, place);
PRAGMA user_version = 15;
