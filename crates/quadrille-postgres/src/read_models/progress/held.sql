SELECT holder, extract(epoch FROM held_until - clock_timestamp())::double precision AS remaining
FROM {schema}.quadrille_consumers
WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4 AND holder IS NOT NULL
