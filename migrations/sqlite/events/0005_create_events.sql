-- `tags` holds them in their order, as JSON: [["key","value"],…]; none is NULL. The payload comes
-- last, so that SQLite need not follow a long one to reach the rest of the row.
CREATE TABLE events (
    position INTEGER PRIMARY KEY CHECK (position > 0),
    id BLOB NOT NULL CHECK (length(id) = 16),
    stream INTEGER NOT NULL REFERENCES streams,
    version INTEGER NOT NULL CHECK (version > 0),
    kind INTEGER NOT NULL REFERENCES kinds,
    schema_version INTEGER NOT NULL,
    origin INTEGER NOT NULL REFERENCES origins,
    tags TEXT,
    data BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX events_id ON events (id);
CREATE UNIQUE INDEX events_stream ON events (stream, version);
