CREATE TABLE quadrille_deadlines (
    process TEXT NOT NULL,
    instance TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    is_command INTEGER NOT NULL,
    due_us INTEGER NOT NULL,
    correlation TEXT NOT NULL,
    PRIMARY KEY (process, instance, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX quadrille_deadlines_by_due ON quadrille_deadlines (due_us, id);
