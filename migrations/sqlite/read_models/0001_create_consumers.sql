CREATE TABLE quadrille_consumers (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    store TEXT,
    position INTEGER,
    event TEXT,
    UNIQUE (kind, name, version, generation),
    CHECK ((store IS NULL) = (position IS NULL) AND (store IS NULL) = (event IS NULL))
) STRICT;
