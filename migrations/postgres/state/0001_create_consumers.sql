-- Who has read how far. The row is the lease too: only who holds its epoch may commit, and nobody
-- else may claim it before `held_until`, by this server's clock, but who takes it by force.
CREATE TABLE quadrille_consumers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    generation bigint NOT NULL,
    epoch bigint NOT NULL,
    store uuid,
    position bigint,
    event uuid,
    holder text,
    held_until timestamptz,
    UNIQUE (kind, name, version, generation),
    CHECK ((store IS NULL) = (position IS NULL) AND (store IS NULL) = (event IS NULL)),
    CHECK ((holder IS NULL) = (held_until IS NULL))
);
