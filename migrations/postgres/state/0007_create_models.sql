-- Each read model's tables lie in the schema `namespace`. A removed generation keeps its row, so that
-- its number and its schema's name never come again.
CREATE TABLE quadrille_models (
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    generation bigint NOT NULL,
    kind text NOT NULL,
    stage text NOT NULL CHECK (stage IN ('building', 'live', 'retired', 'removed')),
    namespace text NOT NULL UNIQUE,
    set_up bool NOT NULL DEFAULT false,
    PRIMARY KEY (name, version, generation)
);

CREATE UNIQUE INDEX quadrille_models_live ON quadrille_models (name) WHERE stage = 'live';

-- Rises when what queries see changes, so that every process notices.
CREATE TABLE quadrille_revision (
    only_one bool PRIMARY KEY DEFAULT true CHECK (only_one),
    revision bigint NOT NULL
);

INSERT INTO quadrille_revision (revision) VALUES (1);
