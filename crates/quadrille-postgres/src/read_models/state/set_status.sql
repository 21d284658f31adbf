INSERT INTO {schema}.quadrille_statuses (
    kind, name, version, generation, component, activity, position, rate, handled, unmatched,
    parked, last_error, updated_at_us
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (kind, name, version, generation) DO UPDATE
SET component = excluded.component, activity = excluded.activity, position = excluded.position,
    rate = excluded.rate, handled = excluded.handled, unmatched = excluded.unmatched,
    parked = excluded.parked, last_error = excluded.last_error,
    updated_at_us = excluded.updated_at_us
