CREATE TABLE quadrille_parked (
    consumer bigint NOT NULL REFERENCES quadrille_consumers (id) ON DELETE CASCADE,
    event uuid NOT NULL,
    position bigint NOT NULL,
    event_type text NOT NULL,
    stream text NOT NULL,
    correlation uuid NOT NULL,
    wait_key text NOT NULL,
    reason text NOT NULL,
    attempts bigint NOT NULL,
    subject uuid,
    parked_at_us bigint NOT NULL,
    PRIMARY KEY (consumer, event)
);
