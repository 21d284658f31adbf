-- The log is append-only, whoever writes to the file. REPLACE would delete without a word, so an
-- event that is there already is refused before SQLite gets to resolve the conflict.

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

CREATE TRIGGER events_refuse_replace BEFORE INSERT ON events
WHEN NEW.position <= (SELECT max(position) FROM events)
    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM events WHERE stream = NEW.stream AND version >= NEW.version)
BEGIN SELECT raise(ABORT, 'the log is append-only: events take no REPLACE'); END;
