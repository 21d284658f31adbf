SELECT kinds.type FROM events
JOIN kinds ON kinds.number = events.kind
WHERE events.position = ?
