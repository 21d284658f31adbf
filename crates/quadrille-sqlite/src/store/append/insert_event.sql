INSERT INTO events (position, id, stream, version, kind, schema_version, origin, tags, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
