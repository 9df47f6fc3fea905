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
PRAGMA user_version = 1;
