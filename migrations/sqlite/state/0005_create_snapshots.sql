CREATE TABLE quadrille_snapshots (
    stream TEXT NOT NULL PRIMARY KEY,
    aggregate_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
