INSERT INTO {schema}.quadrille_consumers AS c (kind, name, version, generation, epoch, holder, held_until)
VALUES ($1, $2, $3, $4, 1, $5, clock_timestamp() + make_interval(secs => $6))
ON CONFLICT (kind, name, version, generation) DO UPDATE
SET epoch = c.epoch + 1, holder = excluded.holder, held_until = excluded.held_until
WHERE $5 IS NULL OR c.holder IS NULL OR c.holder = $5 OR c.held_until <= clock_timestamp()
RETURNING epoch, store, position, event
