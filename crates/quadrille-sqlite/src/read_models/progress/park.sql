INSERT OR REPLACE INTO quadrille_parked (
    consumer, event, position, event_type, stream, correlation, wait_key, reason, attempts,
    subject, parked_at_us
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
