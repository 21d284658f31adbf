CREATE TABLE quadrille_rejections (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    command uuid NOT NULL,
    name text NOT NULL,
    stream text NOT NULL,
    correlation uuid NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    actor text,
    occurred_at_us bigint NOT NULL
);

CREATE INDEX quadrille_rejections_by_correlation ON quadrille_rejections (correlation, number);
