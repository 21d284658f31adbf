INSERT INTO {schema}.quadrille_parked (
    consumer, event, position, event_type, stream, correlation, wait_key, reason, attempts,
    subject, parked_at_us
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (consumer, event) DO UPDATE
SET position = excluded.position, event_type = excluded.event_type, stream = excluded.stream,
    correlation = excluded.correlation, wait_key = excluded.wait_key, reason = excluded.reason,
    attempts = excluded.attempts, subject = excluded.subject,
    parked_at_us = excluded.parked_at_us
