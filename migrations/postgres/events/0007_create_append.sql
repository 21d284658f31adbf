-- The settings keep plans to the indexes, also those that were made when the log was empty and
-- those that are made before statistics are.

-- Decides on a batch of appends and writes those that are accepted, in one round trip.
--
-- Most batches hold nothing that is refused. So where the unique keys can tell, they are asked by
-- writing; only what they refuse is looked at append by append, and written then as far as it is
-- accepted.
--
-- A unit is one append or several that belong together; no two units of a batch share a stream, an
-- event's id, or a tag that one of them has a condition on. Positions are drawn in the order of the
-- events, and rows inserted in that of the streams' names, which `append_rank` says: who writes to the
-- same streams never waits in a circle. Who uses one id in several streams may, and is tried again.
--
-- The answer has a row for each append: written, repeated, taken (an id is), conflict, or condition
-- (an event matches one of its unit's); `written` and `repeated` only where the whole unit is.
-- `version` is that of the stream before its first event, `found` the position of its last event
-- or of the event that matches.
CREATE FUNCTION append(
    append_unit int[], append_rank int[], append_category text[], append_stream text[], append_expected bigint[],
    event_append int[], event_ordinal int[], event_id uuid[], event_type text[],
    event_schema_version bigint[], event_tags text[], event_data bytea[],
    event_origin int[], event_run int[],
    origin_correlation uuid[], origin_causation uuid[], origin_command uuid[],
    origin_command_name text[], origin_fingerprint uuid[], origin_component text[],
    origin_actor text[], origin_occurred_at timestamptz[], origin_trace_parent text[],
    origin_trace_state text[],
    condition_unit int[], condition_tags text[], condition_types text[], condition_after bigint[]
)
RETURNS TABLE (append int, outcome text, version bigint, found bigint, event uuid)
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    class int := 'events'::regclass::oid::bigint::bit(32)::int;
    bucket record;
    versions bigint[];
    outcomes text[];
    founds bigint[];
    taken uuid[];
    refused bool[];
    positions bigint[];
    now timestamptz := clock_timestamp();
    -- Keys say nothing about tags, nor about a stream of any version.
    checked bool := condition_unit IS NOT NULL OR append_expected && '{-1,-2}';
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a transaction that is % cannot append', current_setting('transaction_isolation')
            USING ERRCODE = 'QD001';
    END IF;

    -- Whoever has a condition on a tag waits until all who write that tag have ended, and they wait
    -- for it. One tag of a condition is enough: what matches carries all of them.
    IF event_tags IS NOT NULL OR condition_unit IS NOT NULL THEN
        FOR bucket IN
            SELECT number, bool_or(exclusive) AS exclusive FROM (
                SELECT hashtext(tag::text) & 1023 AS number, false AS exclusive
                FROM unnest(event_tags) AS tags, json_array_elements(tags::json) AS tag
                UNION ALL
                SELECT hashtext((tags::json -> 0)::text) & 1023, true FROM unnest(condition_tags) AS tags
            ) AS wanted
            GROUP BY number ORDER BY number
        LOOP
            IF bucket.exclusive THEN
                PERFORM pg_advisory_xact_lock(class, bucket.number);
            ELSE
                PERFORM pg_advisory_xact_lock_shared(class, bucket.number);
            END IF;
        END LOOP;
    END IF;

    -- An append behind version 4 conflicts with a key when there is a version 5, but not when there
    -- is no version 4.
    checked := checked OR EXISTS (
        SELECT FROM unnest(append_category, append_stream, append_expected) AS a (category, stream, expected)
        WHERE a.expected > 0 AND NOT EXISTS (
            SELECT FROM events e WHERE e.category = a.category AND e.stream = a.stream AND e.version = a.expected)
    );

    LOOP
        IF checked THEN
            -- Each statement from here on sees all that was committed before it began.
            SELECT array_agg(coalesce((
                SELECT e.version FROM events e WHERE e.category = a.category AND e.stream = a.stream
                ORDER BY e.version DESC LIMIT 1
            ), 0) ORDER BY a.number)
            INTO versions
            FROM unnest(append_category, append_stream) WITH ORDINALITY AS a (category, stream, number);

            IF condition_unit IS NOT NULL
                OR EXISTS (SELECT FROM events e WHERE e.id = ANY (event_id))
                OR EXISTS (
                    SELECT FROM unnest(append_expected, versions) AS a (expected, actual)
                    WHERE NOT CASE a.expected WHEN -1 THEN true WHEN -2 THEN a.actual > 0 ELSE a.expected = a.actual END
                )
            THEN
                SELECT array_agg(d.outcome ORDER BY d.number), array_agg(d.version ORDER BY d.number),
                    array_agg(d.last ORDER BY d.number), array_agg(d.taken ORDER BY d.number)
                INTO outcomes, versions, founds, taken
                FROM (
                    SELECT f.number, f.last, f.taken,
                        CASE
                            WHEN f.count = 0 AND (CASE append_expected[f.number]
                                WHEN -1 THEN true WHEN -2 THEN versions[f.number] > 0
                                ELSE append_expected[f.number] = versions[f.number] END) THEN 'written'
                            WHEN f.count = 0 THEN 'conflict'
                            WHEN f.in_order THEN 'repeated'
                            ELSE 'taken'
                        END AS outcome,
                        CASE WHEN f.count > 0 AND f.in_order THEN f.first - 1 ELSE versions[f.number] END AS version
                    FROM (
                        SELECT n.append AS number, count(e.id) AS count, max(e.position) AS last, min(e.version) AS first,
                            (array_agg(n.id ORDER BY n.ordinal) FILTER (WHERE e.id IS NOT NULL))[1] AS taken,
                            bool_and(e.id IS NOT NULL AND e.category = append_category[n.append]
                                AND e.stream = append_stream[n.append])
                            AND max(e.version - n.ordinal) = min(e.version - n.ordinal) AS in_order
                        FROM unnest(event_append, event_ordinal, event_id) AS n (append, ordinal, id)
                        LEFT JOIN events e ON e.id = n.id
                        GROUP BY n.append
                    ) AS f
                ) AS d;

                -- A unit stands or falls as a whole: some of it that is there already makes the rest wrong.
                SELECT array_agg(
                    CASE
                        WHEN u.repeated THEN 'repeated'
                        WHEN u.partly AND outcomes[a.number] = 'repeated' THEN 'taken'
                        ELSE outcomes[a.number]
                    END ORDER BY a.number)
                INTO outcomes
                FROM unnest(append_unit) WITH ORDINALITY AS a (unit, number)
                JOIN (
                    SELECT m.unit, bool_and(m.outcome = 'repeated') AS repeated,
                        bool_or(m.outcome = 'repeated') AS partly
                    FROM unnest(append_unit, outcomes) AS m (unit, outcome) GROUP BY m.unit
                ) AS u USING (unit);

                IF condition_unit IS NOT NULL THEN
                    SELECT array_agg(CASE WHEN m.found IS NULL OR outcomes[a.number] <> 'written'
                            THEN outcomes[a.number] ELSE 'condition' END ORDER BY a.number),
                        array_agg(CASE WHEN m.found IS NULL OR outcomes[a.number] <> 'written'
                            THEN founds[a.number] ELSE m.found END ORDER BY a.number)
                    INTO outcomes, founds
                    FROM unnest(append_unit) WITH ORDINALITY AS a (unit, number)
                    LEFT JOIN (
                        SELECT c.unit, min(first.position) AS found
                        FROM unnest(condition_unit, condition_tags, condition_types, condition_after)
                            AS c (unit, tags, types, after)
                        CROSS JOIN LATERAL (
                            SELECT t.position FROM tags t
                            WHERE t.key = c.tags::json #>> '{0,0}' AND t.value = c.tags::json #>> '{0,1}'
                                AND t.position > c.after
                                AND NOT EXISTS (
                                    SELECT FROM json_array_elements(c.tags::json) AS other
                                    WHERE NOT EXISTS (SELECT FROM tags o
                                        WHERE o.key = other ->> 0 AND o.value = other ->> 1 AND o.position = t.position)
                                )
                                AND (c.types IS NULL OR EXISTS (
                                    SELECT FROM events e, json_array_elements_text(c.types::json) AS wanted
                                    WHERE e.position = t.position AND e.type = wanted))
                            ORDER BY t.position LIMIT 1
                        ) AS first
                        GROUP BY c.unit
                    ) AS m USING (unit);
                END IF;

                SELECT array_agg(u.refused ORDER BY a.number) INTO refused
                FROM unnest(append_unit) WITH ORDINALITY AS a (unit, number)
                JOIN (
                    SELECT m.unit, bool_or(m.outcome <> 'written') AS refused
                    FROM unnest(append_unit, outcomes) AS m (unit, outcome) GROUP BY m.unit
                ) AS u USING (unit);
            END IF;
        ELSE
            versions := append_expected;
        END IF;

        BEGIN
            -- The floor of what is drawn here; the trigger would be too late.
            PERFORM pg_advisory_xact_lock_shared(
                ('events'::regclass::oid::bigint % 65533 + 1) << 48
                | coalesce(pg_sequence_last_value('events_position_seq'), 0)
            );
            SELECT array_agg(CASE WHEN refused IS NULL OR NOT refused[n.append]
                THEN nextval('events_position_seq') END)
            INTO positions FROM unnest(event_append) AS n (append);

            INSERT INTO events (
                position, id, category, stream, version, type, schema_version, tags, data, run,
                correlation, causation, command, command_name, fingerprint, component, actor,
                occurred_at, recorded_at, trace_parent, trace_state
            )
            OVERRIDING SYSTEM VALUE
            SELECT positions[n.number], n.id, append_category[n.append], append_stream[n.append],
                versions[n.append] + n.ordinal, n.type, n.schema_version, n.tags, n.data, n.run,
                origin_correlation[n.origin], origin_causation[n.origin], origin_command[n.origin],
                origin_command_name[n.origin], origin_fingerprint[n.origin], origin_component[n.origin],
                origin_actor[n.origin], origin_occurred_at[n.origin], now,
                origin_trace_parent[n.origin], origin_trace_state[n.origin]
            FROM unnest(event_append, event_ordinal, event_id, event_type, event_schema_version, event_tags,
                    event_data, event_origin, event_run)
                WITH ORDINALITY AS n (append, ordinal, id, type, schema_version, tags, data, origin, run, number)
            WHERE positions[n.number] IS NOT NULL
            ORDER BY append_rank[n.append], n.ordinal;

            IF event_tags IS NOT NULL THEN
                INSERT INTO tags (key, value, position)
                SELECT DISTINCT tag ->> 0, tag ->> 1, positions[n.number]
                FROM unnest(event_tags) WITH ORDINALITY AS n (tags, number), json_array_elements(n.tags::json) AS tag
                WHERE n.tags IS NOT NULL AND positions[n.number] IS NOT NULL;
            END IF;
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            -- A race that was lost after all was checked.
            IF checked THEN
                RAISE;
            END IF;
            checked := true;
        END;
    END LOOP;

    RETURN QUERY
    SELECT a.number::int, coalesce(outcomes[a.number], 'written'), versions[a.number],
        coalesce(l.position, founds[a.number]), taken[a.number]
    FROM generate_subscripts(append_unit, 1) AS a (number)
    LEFT JOIN (
        SELECT n.append, max(positions[n.number]) AS position
        FROM unnest(event_append) WITH ORDINALITY AS n (append, number) GROUP BY n.append
    ) AS l ON l.append = a.number;
END $$;
