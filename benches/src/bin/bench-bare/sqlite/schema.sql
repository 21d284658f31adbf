CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    correlation BLOB NOT NULL,
    causation BLOB NOT NULL,
    command BLOB NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    command_name TEXT NOT NULL,
    component TEXT NOT NULL,
    actor TEXT NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (stream, version)
) STRICT;
