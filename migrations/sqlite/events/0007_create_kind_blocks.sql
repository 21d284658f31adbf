-- The blocks of 1024 positions in which a kind occurs: a reader of rare kinds skips all others, and
-- a writer adds a row only for the first event of its kind in a block.
CREATE TABLE kind_blocks (
    kind INTEGER NOT NULL REFERENCES kinds,
    block INTEGER NOT NULL,
    PRIMARY KEY (kind, block)
) STRICT, WITHOUT ROWID;
