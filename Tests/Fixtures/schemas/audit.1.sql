CREATE TABLE stream(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    upto INTEGER NOT NULL DEFAULT 0, chained INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE event(
    seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream(id),
    stream_seq INTEGER NOT NULL, skipped INTEGER NOT NULL, at INTEGER NOT NULL, event_type TEXT NOT NULL,
    actor TEXT NOT NULL, target_type TEXT NOT NULL, target_id TEXT NOT NULL,
    salt BLOB NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL
);
CREATE UNIQUE INDEX event_once ON event(stream, stream_seq);
CREATE INDEX event_by_type ON event(event_type, seq);
CREATE INDEX event_by_actor ON event(actor, seq);
CREATE INDEX event_by_target ON event(target_id, seq);
CREATE INDEX event_by_time ON event(at);
CREATE TABLE checkpoint(
    count INTEGER PRIMARY KEY, head BLOB NOT NULL, at INTEGER NOT NULL,
    previous BLOB NOT NULL, signature BLOB NOT NULL, key BLOB NOT NULL
);
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END;
CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoints are never changed'); END;
CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;
INSERT INTO stream VALUES(1, 'st_1', 7, 7);
PRAGMA user_version = 1;
