-- A row here says that the projector has made its tables.
CREATE TABLE quadrille_namespace (
    id INTEGER PRIMARY KEY CHECK (id = 1)
) STRICT;
