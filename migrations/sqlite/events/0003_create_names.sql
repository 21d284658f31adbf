-- Words that come again and again: components and types of commands.
CREATE TABLE names (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- An event type within a category: what most consumers select by.
CREATE TABLE kinds (
    number INTEGER PRIMARY KEY,
    category TEXT NOT NULL,
    type TEXT NOT NULL,
    UNIQUE (category, type)
) STRICT;
