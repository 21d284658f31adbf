-- The version of a stream's last event up to a position: positions rise with versions.
CREATE FUNCTION version_at(in_category text, in_stream text, upto bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
BEGIN
    SELECT max(e.version) INTO high FROM events e WHERE e.category = in_category AND e.stream = in_stream;
    high := coalesce(high, 0);
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT e.position FROM events e
            WHERE e.category = in_category AND e.stream = in_stream AND e.version = middle) <= upto
        THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- A page of the log: the events that a query selects, and at the end one row whose `more` is set,
-- which says by `position` and `id` how far this looked, and by `more` whether there was more. No
-- row: there was nothing to look at. A page of `most` events, or of so many bytes, ends with its last
-- event; that there was more shows by the position of the row at the end.
--
-- The bound is found by the first statement, and the log is read by later ones: what is committed
-- in between lies above it. A query's conditions that are NULL select everything; of stream,
-- correlation, causation and tag the first that is set says which index is followed.
CREATE FUNCTION read_page(
    forward bool, after bigint, most int, most_bytes bigint, window_rows int,
    in_category text, in_stream text, of_correlation uuid, of_causation uuid,
    with_tags text, of_types text[], of_categories text[], hidden text
)
RETURNS TABLE (
    more bool, "position" bigint, id uuid, category text, stream text, version bigint, type text,
    schema_version bigint, recorded_at timestamptz, occurred_at timestamptz, correlation uuid,
    causation uuid, command uuid, command_name text, fingerprint uuid, component text, actor text,
    trace_parent text, trace_state text, tags text, data bytea
)
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    upto bigint := bound();
    first_event record;
    last_event record;
    beyond text := CASE WHEN forward THEN '>' ELSE '<' END;
    sort text := CASE WHEN forward THEN 'ASC' ELSE 'DESC' END;
    relation text := 'events e';
    key text := 'e.position';
    span text := format('e.position %s $1', beyond);
    first_version bigint;
    conditions text := '';
    whole bool;
    count bigint;
    reached bigint;
BEGIN
    SELECT e.position, e.id INTO last_event FROM events e WHERE e.position <= upto
    ORDER BY e.position DESC LIMIT 1;
    IF last_event.position IS NULL OR forward AND last_event.position <= after THEN
        RETURN;
    END IF;
    IF NOT forward THEN
        SELECT e.position, e.id INTO first_event FROM events e WHERE e.position <= upto
        ORDER BY e.position LIMIT 1;
        IF first_event.position >= after THEN
            RETURN;
        END IF;
        last_event := first_event;
    END IF;

    -- Along an index that leads to few events all of them are looked at; else the log is, a window
    -- of it at a time.
    whole := in_stream IS NOT NULL OR of_correlation IS NOT NULL OR of_causation IS NOT NULL OR with_tags IS NOT NULL;
    IF in_stream IS NOT NULL THEN
        conditions := ' AND e.category = $5 AND e.stream = $6';
        key := 'e.version';
        first_version := version_at(in_category, in_stream, CASE WHEN forward THEN after ELSE after - 1 END);
        span := CASE WHEN forward THEN 'e.version > $13' ELSE 'e.version <= $13' END;
    END IF;
    IF of_correlation IS NOT NULL THEN
        conditions := conditions || ' AND e.correlation = $7';
    END IF;
    IF of_causation IS NOT NULL THEN
        conditions := conditions || ' AND e.causation = $8';
    END IF;
    IF with_tags IS NOT NULL THEN
        IF in_stream IS NULL AND of_correlation IS NULL AND of_causation IS NULL THEN
            relation := 'tags t JOIN events e ON e.position = t.position';
            key := 't.position';
            span := format('t.position %s $1', beyond);
            conditions := ' AND t.key = $9::json #>> ''{0,0}'' AND t.value = $9::json #>> ''{0,1}''';
        END IF;
        conditions := conditions || ' AND NOT EXISTS (SELECT FROM json_array_elements($9::json) AS other
            WHERE NOT EXISTS (SELECT FROM tags o
                WHERE o.key = other ->> 0 AND o.value = other ->> 1 AND o.position = e.position))';
    END IF;
    IF NOT whole THEN
        relation := format('(SELECT * FROM events w WHERE w.position %s $1 AND w.position <= $2
            ORDER BY w.position %s LIMIT $4) AS e', beyond, sort);
    END IF;
    IF of_types IS NOT NULL THEN
        conditions := conditions || ' AND e.type = ANY ($10)';
    END IF;
    IF of_categories IS NOT NULL THEN
        conditions := conditions || ' AND e.category = ANY ($11)';
    END IF;
    IF hidden IS NOT NULL THEN
        conditions := conditions || ' AND e.category <> $12';
    END IF;

    RETURN QUERY EXECUTE format(
        'SELECT NULL::bool, f.position, f.id, f.category, f.stream, f.version, f.type, f.schema_version,
            f.recorded_at, f.occurred_at, f.correlation, f.causation, f.command, f.command_name,
            f.fingerprint, f.component, f.actor, f.trace_parent, f.trace_state, f.tags, f.data
        FROM (
            SELECT e.*, sum(octet_length(e.data)) OVER (ORDER BY e.place ROWS UNBOUNDED PRECEDING)
                - octet_length(e.data) AS before
            FROM (SELECT e.*, %s AS place FROM %s WHERE %s AND e.position <= $2 %s ORDER BY %s %s LIMIT $3) AS e
        ) AS f
        WHERE f.before < $14',
        CASE WHEN forward THEN key ELSE '-' || key END, relation, span, conditions, key, sort)
    USING after, upto, most, window_rows, in_category, in_stream, of_correlation, of_causation,
        with_tags, of_types, of_categories, hidden, first_version, most_bytes;
    GET DIAGNOSTICS count = ROW_COUNT;

    IF count >= most THEN
        RETURN QUERY SELECT true, last_event.position, NULL::uuid, NULL, NULL, NULL::bigint, NULL, NULL::bigint,
            NULL::timestamptz, NULL::timestamptz, NULL::uuid, NULL::uuid, NULL::uuid, NULL, NULL::uuid,
            NULL, NULL, NULL, NULL, NULL, NULL::bytea;
        RETURN;
    END IF;
    IF NOT whole THEN
        EXECUTE format('SELECT w.position, w.id FROM events w WHERE w.position %s $1 AND w.position <= $2
            ORDER BY w.position %s OFFSET $3 - 1 LIMIT 1', beyond, sort)
        INTO first_event USING after, upto, window_rows;
        IF first_event.position IS NOT NULL THEN
            reached := last_event.position;
            last_event := first_event;
        END IF;
    END IF;
    RETURN QUERY SELECT coalesce(reached <> last_event.position, false), last_event.position, last_event.id,
        NULL, NULL, NULL::bigint, NULL, NULL::bigint, NULL::timestamptz, NULL::timestamptz, NULL::uuid,
        NULL::uuid, NULL::uuid, NULL, NULL::uuid, NULL, NULL, NULL, NULL, NULL, NULL::bytea;
END $$;
