UPDATE {schema}.quadrille_consumers
SET holder = NULL, held_until = NULL
WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4 AND epoch = $5
