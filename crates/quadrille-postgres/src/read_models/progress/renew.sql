UPDATE {schema}.quadrille_consumers
SET held_until = CASE WHEN holder IS NULL THEN NULL
    ELSE clock_timestamp() + make_interval(secs => $6) END
WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4 AND epoch = $5
RETURNING id
