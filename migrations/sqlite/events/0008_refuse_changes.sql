-- The log is append-only, whoever writes to the file. INSERT OR REPLACE would delete without a
-- word, and to look for what it would delete costs half as much as the insert; so a function that
-- only the store's own connection knows keeps all others from inserting.

CREATE TRIGGER store_refuse_update BEFORE UPDATE ON store
BEGIN SELECT raise(ABORT, 'the log is append-only: store take no UPDATE'); END;

CREATE TRIGGER store_refuse_delete BEFORE DELETE ON store
BEGIN SELECT raise(ABORT, 'the log is append-only: store take no DELETE'); END;

CREATE TRIGGER names_refuse_update BEFORE UPDATE ON names
BEGIN SELECT raise(ABORT, 'the log is append-only: names take no UPDATE'); END;

CREATE TRIGGER names_refuse_delete BEFORE DELETE ON names
BEGIN SELECT raise(ABORT, 'the log is append-only: names take no DELETE'); END;

CREATE TRIGGER kinds_refuse_update BEFORE UPDATE ON kinds
BEGIN SELECT raise(ABORT, 'the log is append-only: kinds take no UPDATE'); END;

CREATE TRIGGER kinds_refuse_delete BEFORE DELETE ON kinds
BEGIN SELECT raise(ABORT, 'the log is append-only: kinds take no DELETE'); END;

CREATE TRIGGER origins_refuse_update BEFORE UPDATE ON origins
BEGIN SELECT raise(ABORT, 'the log is append-only: origins take no UPDATE'); END;

CREATE TRIGGER origins_refuse_delete BEFORE DELETE ON origins
BEGIN SELECT raise(ABORT, 'the log is append-only: origins take no DELETE'); END;

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'the log is append-only: events take no UPDATE'); END;

CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'the log is append-only: events take no DELETE'); END;

CREATE TRIGGER tags_refuse_update BEFORE UPDATE ON tags
BEGIN SELECT raise(ABORT, 'the log is append-only: tags take no UPDATE'); END;

CREATE TRIGGER tags_refuse_delete BEFORE DELETE ON tags
BEGIN SELECT raise(ABORT, 'the log is append-only: tags take no DELETE'); END;

CREATE TRIGGER kind_blocks_refuse_update BEFORE UPDATE ON kind_blocks
BEGIN SELECT raise(ABORT, 'the log is append-only: kind_blocks take no UPDATE'); END;

CREATE TRIGGER kind_blocks_refuse_delete BEFORE DELETE ON kind_blocks
BEGIN SELECT raise(ABORT, 'the log is append-only: kind_blocks take no DELETE'); END;

CREATE TRIGGER streams_refuse_delete BEFORE DELETE ON streams
BEGIN SELECT raise(ABORT, 'the log is append-only: streams take no DELETE'); END;

CREATE TRIGGER streams_refuse_rename BEFORE UPDATE OF number, category, id ON streams
BEGIN SELECT raise(ABORT, 'the log is append-only: streams keep their names'); END;

CREATE TRIGGER events_refuse_foreign_insert BEFORE INSERT ON events
WHEN NOT only_quadrille_inserts_events()
BEGIN SELECT raise(ABORT, 'the log is append-only: events take no REPLACE'); END;
