-- The log is append-only, whoever is connected. ALWAYS: a session that replays what another server
-- wrote fires them too.
CREATE FUNCTION refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % take no %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'QD003';
END $$;

CREATE TRIGGER store_refuse_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON store
FOR EACH STATEMENT EXECUTE FUNCTION refuse_changes();
ALTER TABLE store ENABLE ALWAYS TRIGGER store_refuse_changes;

CREATE TRIGGER events_refuse_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_changes();
ALTER TABLE events ENABLE ALWAYS TRIGGER events_refuse_changes;

CREATE TRIGGER tags_refuse_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON tags
FOR EACH STATEMENT EXECUTE FUNCTION refuse_changes();
ALTER TABLE tags ENABLE ALWAYS TRIGGER tags_refuse_changes;
