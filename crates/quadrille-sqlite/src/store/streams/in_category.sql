SELECT streams.id, streams.version, streams.position, origins.recorded_at
FROM streams
CROSS JOIN events ON events.position = streams.position
CROSS JOIN origins ON origins.position = events.origin
WHERE streams.category = ? AND streams.id >= ? AND streams.id > ?
ORDER BY streams.id
