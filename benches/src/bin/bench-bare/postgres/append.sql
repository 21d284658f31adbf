INSERT INTO events (
    stream, version, id, command, correlation, causation, data, occurred_at, recorded_at,
    schema_version, type, command_name, component, actor
)
SELECT n.stream, n.version, n.id, n.command, n.command, n.command, n.data, $6, clock_timestamp(), 1, $7, $8, $9, $10
FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::uuid[], $5::bytea[])
    WITH ORDINALITY AS n (stream, version, id, command, data, number)
-- Whoever inserts in one order never waits in a circle.
ORDER BY n.stream, n.number
