CREATE TABLE quadrille_snapshots (
    stream text PRIMARY KEY,
    aggregate_version bigint NOT NULL,
    version bigint NOT NULL,
    data bytea NOT NULL
);
