-- Before a statement draws positions, it registers its floor: whatever it writes will lie above
-- the position drawn last. The floor is a shared lock, which nobody ever waits for, in the
-- transaction's name; PostgreSQL lets go of it after it has made what was committed visible.
--
-- The first 16 bits of its key keep it apart from the locks of others, the rest is the position.
CREATE FUNCTION register_floor() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(
        ('events'::regclass::oid::bigint % 65533 + 1) << 48
        | coalesce(pg_sequence_last_value('events_position_seq'), 0)
    );
    RETURN NULL;
END $$;

CREATE TRIGGER events_register_floor BEFORE INSERT ON events
FOR EACH STATEMENT EXECUTE FUNCTION register_floor();
ALTER TABLE events ENABLE ALWAYS TRIGGER events_register_floor;
