CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    schema_version bigint NOT NULL,
    id uuid NOT NULL UNIQUE,
    correlation uuid NOT NULL,
    causation uuid NOT NULL,
    command uuid NOT NULL,
    stream text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    command_name text COLLATE "C" NOT NULL,
    component text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    data bytea NOT NULL,
    UNIQUE (stream, version)
);

-- The registered floor: what is on its way lies above it.
CREATE FUNCTION register_floor() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(
        (4242::bigint << 48) | coalesce(pg_sequence_last_value('events_position_seq'), 0));
    RETURN NULL;
END $$;
CREATE TRIGGER register_floor BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION register_floor();

-- The sequence first, the locks second.
CREATE FUNCTION bound() RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE drawn bigint; floor bigint; BEGIN
    drawn := coalesce(pg_sequence_last_value('events_position_seq'), 0);
    SELECT min(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 48) - 1)) INTO floor FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = 4242
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
    RETURN least(drawn, floor);
END $$;
