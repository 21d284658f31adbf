-- The version and position are those of the stream's last event.
CREATE TABLE streams (
    number INTEGER PRIMARY KEY,
    category TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    position INTEGER NOT NULL,
    UNIQUE (category, id)
) STRICT;
