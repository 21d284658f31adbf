-- The row is the lease too: only who holds its epoch may commit, and nobody else may claim it before
-- `held_until_us` but who takes it by force.
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
    holder TEXT,
    held_until_us INTEGER,
    UNIQUE (kind, name, version, generation),
    CHECK ((store IS NULL) = (position IS NULL) AND (store IS NULL) = (event IS NULL)),
    CHECK ((holder IS NULL) = (held_until_us IS NULL))
) STRICT;
