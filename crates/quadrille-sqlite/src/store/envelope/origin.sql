SELECT
    correlation, causation, command, command_name, fingerprint, component, actor,
    occurred_at, recorded_at, trace_parent, trace_state
FROM origins
WHERE position = ?
