INSERT INTO events (
    stream, version, id, command, correlation, causation, data, occurred_at, recorded_at,
    schema_version, type, command_name, component, actor
)
VALUES (?1, ?2, ?3, ?4, ?4, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10, ?11)
