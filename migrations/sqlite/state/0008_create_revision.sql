-- Rises when what queries see changes, so that every process notices.
CREATE TABLE quadrille_revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO quadrille_revision (id, revision) VALUES (1, 1);
