CREATE TABLE quadrille_parked (
    consumer INTEGER NOT NULL REFERENCES quadrille_consumers (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    position INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    stream TEXT NOT NULL,
    correlation TEXT NOT NULL,
    wait_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    subject TEXT,
    parked_at_us INTEGER NOT NULL,
    PRIMARY KEY (consumer, event)
) STRICT, WITHOUT ROWID;
