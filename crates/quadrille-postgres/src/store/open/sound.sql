SELECT
    (SELECT count(*) FROM pg_trigger
        WHERE tgrelid = events.oid AND tgenabled = 'A'
            AND tgname IN ('events_register_floor', 'events_refuse_changes')),
    (SELECT seqcache FROM pg_sequence
        WHERE seqrelid = pg_get_serial_sequence(format('%I.events', $1), 'position')::regclass
            AND seqincrement = 1 AND NOT seqcycle)
FROM pg_class AS events
JOIN pg_namespace AS schema ON schema.oid = events.relnamespace
WHERE schema.nspname = $1 AND events.relname = 'events'
