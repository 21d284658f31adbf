-- No event that commits from now on lies at or below this position. Read the log up to it in a
-- statement of its own, which begins after this one has ended.
--
-- The sequence first, the floors second: whoever drew a position up to `last` had registered
-- before, and either its floor is still there, or all that it wrote is visible.
CREATE FUNCTION bound() RETURNS bigint LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
    last bigint;
    lowest bigint;
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'what is still being written is known on the primary only' USING ERRCODE = 'QD002';
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a transaction that is % cannot read the log', current_setting('transaction_isolation')
            USING ERRCODE = 'QD001';
    END IF;
    last := coalesce(pg_sequence_last_value('events_position_seq'), 0);
    SELECT min((classid::bigint << 32 | objid::bigint) & (1::bigint << 48) - 1) INTO lowest
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1
        AND classid::bigint >> 16 = 'events'::regclass::oid::bigint % 65533 + 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
    RETURN least(last, lowest);
END $$;

-- Who holds the bound back: those whose floor lies below the position drawn last, the lowest first.
CREATE FUNCTION floors()
RETURNS TABLE (floor bigint, last bigint, pid int, usename name, application text, state text, since timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
    last := coalesce(pg_sequence_last_value('events_position_seq'), 0);
    RETURN QUERY
    SELECT (l.classid::bigint << 32 | l.objid::bigint) & (1::bigint << 48) - 1, floors.last, l.pid,
        a.usename, a.application_name, a.state, a.xact_start
    FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.objsubid = 1
        AND l.classid::bigint >> 16 = 'events'::regclass::oid::bigint % 65533 + 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY 1;
END $$;
