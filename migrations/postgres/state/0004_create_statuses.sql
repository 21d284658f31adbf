CREATE TABLE quadrille_statuses (
    kind text NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    generation bigint NOT NULL,
    component text NOT NULL,
    activity text NOT NULL,
    position bigint NOT NULL,
    rate double precision NOT NULL,
    handled bigint NOT NULL,
    unmatched bigint NOT NULL,
    parked bigint NOT NULL,
    last_error text,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (kind, name, version, generation)
);
