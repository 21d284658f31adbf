CREATE TABLE quadrille_statuses (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    component TEXT NOT NULL,
    activity TEXT NOT NULL,
    position INTEGER NOT NULL,
    rate REAL NOT NULL,
    handled INTEGER NOT NULL,
    unmatched INTEGER NOT NULL,
    parked INTEGER NOT NULL,
    last_error TEXT,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (kind, name, version, generation)
) STRICT, WITHOUT ROWID;
