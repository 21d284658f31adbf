-- Where the events that carry a tag lie.
CREATE TABLE tags (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    position INTEGER NOT NULL REFERENCES events,
    PRIMARY KEY (key, value, position)
) STRICT, WITHOUT ROWID;
