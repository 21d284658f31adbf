-- A removed generation keeps its row, so that its number and its file's name never come again.
CREATE TABLE quadrille_models (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('building', 'live', 'retired', 'removed')),
    PRIMARY KEY (name, version, generation)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX quadrille_models_live ON quadrille_models (name) WHERE stage = 'live';
