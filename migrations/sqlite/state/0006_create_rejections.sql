-- Numbers are never used twice and have no gaps, so that the oldest can be counted off.
CREATE TABLE quadrille_rejections (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL,
    name TEXT NOT NULL,
    stream TEXT NOT NULL,
    correlation TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    actor TEXT,
    occurred_at_us INTEGER NOT NULL
) STRICT;

CREATE INDEX quadrille_rejections_by_correlation ON quadrille_rejections (correlation);
