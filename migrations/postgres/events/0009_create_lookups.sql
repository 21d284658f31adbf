-- The last event that a reader of the log may have seen.
CREATE FUNCTION head() RETURNS TABLE ("position" bigint, id uuid)
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    upto bigint := bound();
BEGIN
    RETURN QUERY SELECT e.position, e.id FROM events e WHERE e.position <= upto ORDER BY e.position DESC LIMIT 1;
END $$;

CREATE FUNCTION stream_forward(in_category text, in_stream text, after bigint, most bigint) RETURNS SETOF events
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    RETURN QUERY SELECT e.* FROM events e
    WHERE e.category = in_category AND e.stream = in_stream AND e.version > after
    ORDER BY e.version LIMIT most;
END $$;

CREATE FUNCTION stream_backward(in_category text, in_stream text, before bigint, most bigint) RETURNS SETOF events
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    RETURN QUERY SELECT e.* FROM events e
    WHERE e.category = in_category AND e.stream = in_stream AND e.version < before
    ORDER BY e.version DESC LIMIT most;
END $$;

CREATE FUNCTION event_at(at bigint) RETURNS SETOF events
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    RETURN QUERY SELECT e.* FROM events e WHERE e.position = at;
END $$;

CREATE FUNCTION event_with_id(with_id uuid) RETURNS SETOF events
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    RETURN QUERY SELECT e.* FROM events e WHERE e.id = with_id;
END $$;

-- Only the first event of a run is in the index of commands.
CREATE FUNCTION events_of_command(of_command uuid, in_category text, in_stream text) RETURNS SETOF events
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    RETURN QUERY SELECT e.*
    FROM events AS f
    JOIN events AS e
        ON e.category = f.category AND e.stream = f.stream
        AND e.version >= f.version AND e.version < f.version + f.run
    WHERE f.command = of_command AND f.category = in_category AND f.stream = in_stream AND f.run IS NOT NULL
    ORDER BY e.version;
END $$;

-- The category that comes first behind another one, or is that one.
CREATE FUNCTION next_category(after text, inclusive bool) RETURNS TABLE (category text)
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF inclusive THEN
        RETURN QUERY SELECT e.category FROM events e WHERE e.category >= after ORDER BY e.category LIMIT 1;
    ELSE
        RETURN QUERY SELECT e.category FROM events e WHERE e.category > after ORDER BY e.category LIMIT 1;
    END IF;
END $$;

-- Streams of a category in the order of their ids. There is no table of them, so that appends need
-- not write to it: they are found by going from name to name in the index.
CREATE FUNCTION streams_of(in_category text, prefix text, after text, most bigint)
RETURNS TABLE (category text, stream text, version bigint, "position" bigint, recorded_at timestamptz)
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    at text := after;
    beyond bool := true;
    found record;
    count bigint := 0;
BEGIN
    IF prefix COLLATE "C" > after COLLATE "C" THEN
        at := prefix;
        beyond := false;
    END IF;
    WHILE count < most LOOP
        IF beyond THEN
            SELECT e.stream INTO found FROM events e
            WHERE e.category = in_category AND e.stream > at ORDER BY e.stream LIMIT 1;
        ELSE
            SELECT e.stream INTO found FROM events e
            WHERE e.category = in_category AND e.stream >= at ORDER BY e.stream LIMIT 1;
        END IF;
        EXIT WHEN found.stream IS NULL OR NOT starts_with(found.stream, prefix);
        RETURN QUERY SELECT e.category, e.stream, e.version, e.position, e.recorded_at FROM events e
        WHERE e.category = in_category AND e.stream = found.stream ORDER BY e.version DESC LIMIT 1;
        at := found.stream;
        beyond := true;
        count := count + 1;
    END LOOP;
END $$;
