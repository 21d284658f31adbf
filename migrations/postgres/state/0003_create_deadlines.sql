CREATE TABLE quadrille_deadlines (
    process text NOT NULL,
    instance text NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    is_command bool NOT NULL,
    due_us bigint NOT NULL,
    correlation uuid NOT NULL,
    PRIMARY KEY (process, instance, id)
);

CREATE INDEX quadrille_deadlines_by_due ON quadrille_deadlines (due_us, id);
