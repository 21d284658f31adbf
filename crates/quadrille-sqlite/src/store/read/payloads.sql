SELECT id, version, kind, schema_version, data
FROM events
WHERE stream = (SELECT number FROM streams WHERE category = ? AND id = ?) AND version > ?
ORDER BY version
LIMIT ?
