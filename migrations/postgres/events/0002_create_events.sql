-- A run is what neighbouring events of one append have in common, which is all metadata but tags:
-- its first event says how many they are, and is the only one in the index of commands.
-- `tags` holds them in their order, as JSON: [["key","value"],…]; none is NULL.
CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY (CACHE 1 NO CYCLE),
    version bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    schema_version bigint NOT NULL,
    id uuid NOT NULL,
    correlation uuid NOT NULL,
    causation uuid NOT NULL,
    command uuid,
    fingerprint uuid,
    run int,
    category text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    command_name text COLLATE "C",
    component text COLLATE "C" NOT NULL,
    actor text COLLATE "C",
    trace_parent text COLLATE "C",
    trace_state text COLLATE "C",
    tags text COLLATE "C",
    data bytea NOT NULL,
    CONSTRAINT events_position PRIMARY KEY (position),
    CONSTRAINT events_id UNIQUE (id),
    CONSTRAINT events_stream UNIQUE (category, stream, version)
);

CREATE INDEX events_correlation ON events (correlation, position);
CREATE INDEX events_causation ON events (causation, position);
CREATE INDEX events_command ON events (command) WHERE command IS NOT NULL AND run IS NOT NULL;

-- The log only grows at its end: statistics that are a little old still hold, and little is ever dead
-- in it, namely what an append wrote and then found to be refused. What has to be visited is what was
-- inserted.
ALTER TABLE events SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
