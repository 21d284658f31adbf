SELECT
    parked.event, parked.position, event_type, stream, correlation, wait_key, reason, attempts,
    subject, parked_at_us
FROM quadrille_parked AS parked
JOIN quadrille_consumers AS consumers ON consumers.id = parked.consumer
WHERE kind = ?1 AND name = ?2 AND version = ?3 AND generation = ?4
ORDER BY parked.position, parked.event
